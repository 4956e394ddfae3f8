"""Builders of exports, to the letter of their formats."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any


def node(node_id: str, parent: str | None, role: str, *parts: Any, **extra: Any) -> dict[str, Any]:
    """One node of a ChatGPT mapping; ``extra`` overrides fields of the message."""
    message = {
        "id": node_id,
        "author": {"role": role, "name": None, "metadata": {}},
        "create_time": 1_780_000_000.25,
        "content": {"content_type": "text", "parts": list(parts)},
        "status": "finished_successfully",
        "weight": 1.0,
        "metadata": {"nested": {"list": [1, {"a": None}]}},
        "recipient": "all",
    }
    return {"id": node_id, "message": message | extra, "parent": parent, "children": []}


def conversation(*nodes: dict[str, Any], current: str | None = None, name: str = "c1") -> dict[str, Any]:
    """A ChatGPT conversation with an empty root above ``nodes``."""
    root = {"id": "root", "message": None, "parent": None, "children": []}
    return {
        "title": "untitled",
        "create_time": 1_780_000_000.0,
        "mapping": {item["id"]: item for item in (root, *nodes)},
        "current_node": current or nodes[-1]["id"],
        "conversation_id": name,
        "id": name,
    }


def write(path: Path, content: Any) -> Path:
    path.write_text(json.dumps(content, ensure_ascii=False), "utf-8")
    return path


def claude_message(sender: str, *texts: str, **extra: Any) -> dict[str, Any]:
    """One of a Claude export's ``chat_messages``; ``extra`` overrides its fields."""
    stamp = "2026-05-28T20:26:40.123456Z"
    blocks = [
        {
            "start_timestamp": stamp,
            "stop_timestamp": stamp,
            "flags": None,
            "type": "text",
            "text": text,
            "citations": [],
        }
        for text in texts
    ]
    message = {
        "uuid": f"m-{sender}-{'-'.join(texts)}",
        "text": "\n".join(texts),
        "content": blocks,
        "sender": sender,
        "created_at": stamp,
        "updated_at": stamp,
        "attachments": [],
        "files": [],
    }
    return message | extra


def claude_conversation(*messages: dict[str, Any], name: str = "c1", **extra: Any) -> dict[str, Any]:
    return {
        "uuid": name,
        "name": "untitled",
        "summary": "",
        "created_at": "2026-05-28T20:26:40.123456Z",
        "updated_at": "2026-05-28T20:26:40.123456Z",
        "account": {"uuid": "a1"},
        **extra,
        "chat_messages": list(messages),
    }


def meta_message(sender: str, content: str | None, sent_ms: int = 1_780_000_000_000, **extra: Any) -> dict[str, Any]:
    """One message of a Meta export, before its encoding is broken by ``meta_json``."""
    message: dict[str, Any] = {"sender_name": sender, "timestamp_ms": sent_ms}
    if content is not None:
        message["content"] = content
    return message | {"is_geoblocked_for_viewer": False, "is_unsent_image_by_messenger_kid_parent": False} | extra


def meta_thread(participants: list[str], *messages: dict[str, Any]) -> dict[str, Any]:
    """A ``message_N.json``, with its messages given oldest first."""
    return {
        "participants": [{"name": name} for name in participants],
        "messages": list(reversed(messages)),
        "title": participants[0],
        "is_still_participant": True,
        "thread_path": "inbox/thread_1",
        "magic_words": [],
    }


def instagram_profile(name: str, username: str) -> dict[str, Any]:
    fields = {"Courriel": "someone@example.org", "Nom de profil": username, "Nom": name, "Bio": "hello"}
    string_map = {label: {"href": "", "value": value, "timestamp": 0} for label, value in fields.items()}
    return {"profile_user": [{"title": "Utilisateur", "media_map_data": {}, "string_map_data": string_map}]}


def facebook_profile(name: str) -> dict[str, Any]:
    first, _, last = name.partition(" ")
    return {"profile_v2": {"name": {"full_name": name, "first_name": first, "middle_name": "", "last_name": last}}}


def meta_json(content: Any) -> str:
    """JSON as Meta writes it: each byte of the text's UTF-8 as one escaped character."""
    return json.dumps(_broken(content), indent=2)


def _broken(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8").decode("latin-1")
    if isinstance(value, list):
        return [_broken(item) for item in value]
    if isinstance(value, dict):
        return {_broken(key): _broken(item) for key, item in value.items()}
    return value


def write_zip(path: Path, members: dict[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def write_folder(path: Path, members: dict[str, str | bytes]) -> Path:
    for name, content in members.items():
        file = path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
    return path

"""Builders of exports, to the letter of their formats."""

from __future__ import annotations

import json
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

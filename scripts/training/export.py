"""The trained networks as ONNX files that run on 8-bit integers, and a vocabulary as a SentencePiece model.

Weights are rounded to 7 bits and a sign per output (8 would overflow in the 16-bit sums of processors without VNNI),
activations to 8 bits per row. Each row has a scale of its own, so a message's result does not depend on what else is in
its batch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from sentencepiece import sentencepiece_model_pb2

from fairsignal.adapters.embed.use import TABLES

from .network import BRANCHES

__all__ = ["encoder_file", "reader_file", "tokens_file", "vocabulary_file"]

Array = np.ndarray
_MOST = 63
_HEADS = 12
_EDGE = 2
"""Rows of zeros on each side of a text: as far as the widest window reaches."""


class _Graph:
    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self.last = self.const("last", np.array([-1], np.int64))
        self.one_127th = self.const("one_127th", np.float32(1 / 127))
        self.tiny = self.const("tiny", np.float32(1e-12))
        self.nothing = self.const("nothing", np.float32(0))
        self.middle = self.const("middle", np.float32(128))
        self.zero_point = self.const("zero_point", np.uint8(128))

    def const(self, name: str, value: Any) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def op(self, kind: str, *inputs: str, **attributes: Any) -> str:
        name = f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def rows(self, values: str) -> tuple[str, str]:
        """(T, K) float -> (T, K) uint8 around 128, and the scale of each row (T, 1)."""
        highest = self.op("ReduceMax", self.op("Abs", values), self.last, keepdims=1)
        scale = self.op("Mul", self.op("Max", highest, self.tiny), self.one_127th)
        flat = self.op("Squeeze", scale, self.last)
        return self.op("QuantizeLinear", values, flat, self.points(flat), axis=0), scale

    def points(self, scale: str) -> str:
        """(T,) scales -> as many zero points of 128."""
        return self.op("Cast", self.op("Add", self.op("Mul", scale, self.nothing), self.middle), to=TensorProto.UINT8)

    def split(self, values: str, count: int) -> list[str]:
        """Columns into parts of the same width."""
        names = [f"v{len(self.nodes)}.{part}" for part in range(count)]
        self.nodes.append(helper.make_node("Split", [values], names, axis=1, num_outputs=count))
        return names

    def linear(self, name: str, rounded: tuple[str, str], weight: Array, bias: Array | None) -> str:
        """Rows times ``weight`` (in, out), plus ``bias``."""
        scale = np.maximum(np.abs(weight).max(axis=0), 1e-12).astype(np.float32) / np.float32(_MOST)
        values = np.clip(np.rint(weight / scale), -_MOST, _MOST).astype(np.int8)
        product = self.op("MatMulInteger", rounded[0], self.const(f"{name}.w", values), self.zero_point)
        result = self.op("Mul", self.op("Cast", product, to=TensorProto.FLOAT), rounded[1])
        result = self.op("Mul", result, self.const(f"{name}.s", scale))
        return result if bias is None else self.op("Add", result, self.const(f"{name}.b", bias))

    def norm(self, name: str, values: str, gain: Array, bias: Array, epsilon: float) -> str:
        gain_name, bias_name = self.const(f"{name}.g", gain), self.const(f"{name}.o", bias)
        return self.op("LayerNormalization", values, gain_name, bias_name, axis=-1, epsilon=epsilon)

    def save(self, inputs: list[Any], outputs: list[Any], results: list[str]) -> bytes:
        for output, result in zip(outputs, results, strict=True):
            self.nodes.append(helper.make_node("Identity", [result], [output.name]))
        graph = helper.make_graph(self.nodes, "fairsignal", inputs, outputs, self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
        model.producer_name = "fairsignal"
        onnx.checker.check_model(model)
        return bytes(model.SerializeToString(deterministic=True))


def tokens_file(w: Mapping[str, Array], epsilon: float) -> bytes:
    """What depends on one token only, for ``TABLES``. tokens (V, 512) -> three scales per token (V,), and as bytes
    around 128 the tokens again (V, 512), what enters each branch (V, 256), and for each place in its window the
    token's share of the first convolution (V, 256).
    """
    g = _Graph()
    rounded = g.rows("tokens")
    firsts, parts = [], []
    for size, _ in BRANCHES:
        projected = g.linear(f"proj{size}", rounded, w[f"proj{size}"], w[f"proj_b{size}"])
        first = g.norm(f"ln{size}", projected, w[f"ln_g{size}"], w[f"ln_b{size}"], epsilon)
        firsts.append(first)
        # One product for all places: their weights beside each other.
        beside = np.concatenate(np.split(w[f"w1_{size}"], size), axis=1)
        parts.append(g.linear(f"w1_{size}", g.rows(first), beside, None))
    groups = (rounded, g.rows(g.op("Concat", *firsts, axis=1)), g.rows(g.op("Concat", *parts, axis=1)))
    results = [g.op("Squeeze", scale, g.last) for _, scale in groups]
    for (values, _), count in zip(groups, (1, len(BRANCHES), sum(size for size, _ in BRANCHES)), strict=True):
        results += g.split(values, count)
    return g.save([helper.make_tensor_value_info("tokens", TensorProto.FLOAT, ["V", 512])], _tables("V"), results)


def encoder_file(w: Mapping[str, Array], epsilon: float) -> bytes:
    """``TABLES`` of what ``tokens_file`` gives, per token; slots (T + 4,): rows of the texts' tokens, with two rows of
    scale zero before, between and behind the texts, so that windows are mere shifts; mask (T, 1) of 0 for those; owner
    (texts, T) of 0 and 1 -> vectors (texts, 512), of length one.
    """
    g = _Graph()
    across = g.const("across", np.array([0], np.int64))
    edge = g.const("edge", np.zeros((_EDGE, 256), np.float32))

    @cache
    def bounds(shift: int) -> tuple[str, str]:
        """Rows that are ``shift`` further on."""
        end = shift - _EDGE if shift < _EDGE else np.iinfo(np.int64).max
        start = g.const(f"from{shift}", np.array([_EDGE + shift], np.int64))
        return start, g.const(f"to{shift}", np.array([end], np.int64))

    def window(values: str, shift: int) -> str:
        return g.op("Slice", values, *bounds(shift), across)

    @cache
    def scale(kind: str, shift: int) -> tuple[str, str]:
        values = g.op("Gather", f"{kind}_scale", window("slots", shift), axis=0)
        return values, g.points(values)

    def seen_at(table: str, kind: str, shift: int) -> str:
        """(T, width) of the tokens ``shift`` further on. From a table of its own: no slice of a wide one to copy."""
        rows = g.op("Gather", table, window("slots", shift), axis=0)
        return g.op("DequantizeLinear", rows, *scale(kind, shift), axis=0)

    pieces = [seen_at("embedded", "embedded", 0)]
    for size, left in BRANCHES:
        inner = g.const(f"b1_{size}", w[f"b1_{size}"])
        for shift in range(-left, size - left):
            inner = g.op("Add", seen_at(f"part{size}_{shift + left}", "part", shift), inner)
        begin = seen_at(f"first{size}", "first", 0)
        middle = g.op("Mul", g.op("Add", g.op("Relu", inner), begin), "mask")
        padded = g.op("Concat", edge, middle, edge, axis=0)
        seen = g.op("Concat", *(window(padded, shift) for shift in range(-left, size - left)), axis=1)
        outer = g.linear(f"w2_{size}", g.rows(seen), w[f"w2_{size}"], w[f"b2_{size}"])
        pieces.append(g.op("Add", g.op("Relu", outer), middle))
    features = g.norm("ln", g.op("Concat", *pieces, axis=1), w["ln_g"], w["ln_b"], epsilon)
    summed = g.op("MatMul", "owner", features)
    root = g.op("Sqrt", g.op("ReduceSum", "owner", g.last, keepdims=1))
    pooled = g.op("MatMul", summed, g.const("cnn_W", w["cnn_W"]))
    pooled = g.op("Add", g.op("Div", pooled, root), g.op("Mul", root, g.const("cnn_b", w["cnn_b"])))

    def times(values: str, name: str) -> str:
        return g.op("MatMul", values, g.const(name, w[name]))

    y0 = g.op("Relu", times(pooled, "d0"))
    y1 = g.op("Relu", g.op("Add", times(pooled, "p1"), times(y0, "d1")))
    y2 = g.op("Relu", times(y1, "d2"))
    bent = g.op("Tanh", g.op("Add", times(y1, "p3"), times(y2, "d3")))
    squared = g.op("ReduceSum", g.op("Mul", bent, bent), g.last, keepdims=1)
    length = g.op("Sqrt", g.op("Max", squared, g.const("least", np.float32(epsilon))))
    inputs = [
        *_tables("S"),
        helper.make_tensor_value_info("slots", TensorProto.INT64, ["rows"]),
        helper.make_tensor_value_info("mask", TensorProto.FLOAT, ["T", 1]),
        helper.make_tensor_value_info("owner", TensorProto.FLOAT, ["texts", "T"]),
    ]
    outputs = [helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["texts", 512])]
    return g.save(inputs, outputs, [g.op("Div", bent, length)])


def _tables(rows: str) -> list[Any]:
    return [
        helper.make_tensor_value_info(name, TensorProto.UINT8, [rows, width])
        if width
        else helper.make_tensor_value_info(name, TensorProto.FLOAT, [rows])
        for name, width in TABLES.items()
    ]


def reader_file(w: Mapping[str, Array], layers: int) -> bytes:
    """tokens (texts, L, 384), mask (texts, L) of 0 and 1 -> logits (texts, outputs)."""
    g = _Graph()
    width = len(w["emb.ln.w"])
    flat = g.const("flat", np.array([-1, width], np.int64))
    split = g.const("split", np.array([0, 0, _HEADS, width // _HEADS], np.int64))
    shape = g.op("Shape", "tokens")
    first, second = g.const("i0", np.array([0], np.int64)), g.const("i1", np.array([1], np.int64))
    length = g.op("Slice", shape, second, g.const("i2", np.array([2], np.int64)))
    places = g.op("Slice", g.const("emb.pos", w["emb.pos"] + w["emb.type"]), first, length, first)
    state = g.norm("emb.ln", g.op("Add", "tokens", places), w["emb.ln.w"], w["emb.ln.b"], 1e-12)
    state = g.op("Reshape", state, flat)
    unseen = g.op("Mul", g.op("Sub", "mask", g.const("one", np.float32(1))), g.const("far", np.float32(1e9)))
    unseen = g.op("Unsqueeze", unseen, g.const("both", np.array([1, 2], np.int64)))
    shrink = g.const("shrink", np.float32((width // _HEADS) ** -0.5))
    for layer in range(layers):
        n = f"l{layer}."
        rounded = g.rows(state)

        def part(name: str, order: list[int], n: str = n, rounded: tuple[str, str] = rounded) -> str:
            values = g.op("Reshape", g.linear(f"{n}{name}", rounded, w[f"{n}{name}.w"], w[f"{n}{name}.b"]), shape)
            return g.op("Transpose", g.op("Reshape", values, split), perm=order)

        scores = g.op("MatMul", part("q", [0, 2, 1, 3]), part("k", [0, 2, 3, 1]))
        share = g.op("Softmax", g.op("Add", g.op("Mul", scores, shrink), unseen), axis=-1)
        context = g.op("Transpose", g.op("MatMul", share, part("v", [0, 2, 1, 3])), perm=[0, 2, 1, 3])
        context = g.op("Reshape", context, flat)
        attended = g.linear(f"{n}ao", g.rows(context), w[f"{n}ao.w"], w[f"{n}ao.b"])
        middle = g.norm(f"{n}aln", g.op("Add", state, attended), w[f"{n}aln.w"], w[f"{n}aln.b"], 1e-12)
        wide = g.linear(f"{n}fi", g.rows(middle), w[f"{n}fi.w"], w[f"{n}fi.b"])
        active = g.op("Gelu", wide, approximate="tanh")
        fed = g.linear(f"{n}fo", g.rows(active), w[f"{n}fo.w"], w[f"{n}fo.b"])
        state = g.norm(f"{n}oln", g.op("Add", middle, fed), w[f"{n}oln.w"], w[f"{n}oln.b"], 1e-12)
    seen = g.op("Unsqueeze", "mask", g.last)
    summed = g.op("ReduceSum", g.op("Mul", g.op("Reshape", state, shape), seen), second, keepdims=0)
    pooled = g.op("Div", summed, g.op("ReduceSum", "mask", second, keepdims=1))
    result = g.op("Add", g.op("MatMul", pooled, g.const("head", w["head"])), g.const("bias", w["bias"]))
    inputs = [
        helper.make_tensor_value_info("tokens", TensorProto.FLOAT, ["texts", "L", width]),
        helper.make_tensor_value_info("mask", TensorProto.FLOAT, ["texts", "L"]),
    ]
    outputs = [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["texts", w["head"].shape[1]])]
    return g.save(inputs, outputs, [result])


def vocabulary_file(pieces: Sequence[tuple[str, float]]) -> bytes:
    """A unigram model over text that is folded already; begin, padding, end and unknown are the first four pieces."""
    kinds = sentencepiece_model_pb2.ModelProto.SentencePiece
    model = sentencepiece_model_pb2.ModelProto()
    for index, (piece, score) in enumerate(pieces):
        kind = kinds.NORMAL if index > 3 else kinds.UNKNOWN if index == 3 else kinds.CONTROL
        model.pieces.add(piece=piece, score=score, type=kind)
    trainer = model.trainer_spec
    trainer.model_type, trainer.vocab_size = trainer.UNIGRAM, len(pieces)
    trainer.bos_id, trainer.pad_id, trainer.eos_id, trainer.unk_id = range(4)
    trainer.bos_piece, trainer.pad_piece, trainer.eos_piece, trainer.unk_piece = (piece for piece, _ in pieces[:4])
    normalizer = model.normalizer_spec
    normalizer.name = "identity"
    normalizer.add_dummy_prefix = normalizer.remove_extra_whitespaces = normalizer.escape_whitespaces = True
    return bytes(model.SerializeToString(deterministic=True))

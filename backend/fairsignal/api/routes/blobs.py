"""Sealed profiles by CID: ciphertext, which anyone may fetch and must verify."""

from __future__ import annotations

from fastapi import APIRouter, Path, Response

from fairsignal.api.deps import BackendDep

router = APIRouter(prefix="/v1/blobs", tags=["storage"])


@router.get("/{cid}", response_class=Response, responses={200: {"content": {"application/octet-stream": {}}}})
async def blob(backend: BackendDep, cid: str = Path(pattern=r"^b[a-z2-7]{50,70}$")) -> Response:
    """The bytes of one CID, verified against it on the way out."""
    data = await backend.blobs.get(cid)
    # Content-addressed: it never changes.
    return Response(data, media_type="application/octet-stream", headers={"Cache-Control": "public, immutable"})

"""Sealed profiles by CID: ciphertext, which anyone may fetch and must verify."""

from __future__ import annotations

from fastapi import APIRouter, Path, Response

from fairsignal.api.deps import BackendDep
from fairsignal.domain.errors import NotFound

router = APIRouter(prefix="/v1/blobs", tags=["storage"])


@router.get("/{cid}", response_class=Response, responses={200: {"content": {"application/octet-stream": {}}}})
async def blob(backend: BackendDep, cid: str = Path(pattern=r"^b[a-z2-7]{50,70}$")) -> Response:
    """The bytes of one CID, verified against it on the way out."""
    if not await backend.blobs.has(cid):
        # Only what is pinned here: this is no gateway to everybody's content.
        raise NotFound("This backend does not hold that CID.", code="no-such-blob")
    data = await backend.blobs.get(cid)
    # Content-addressed: it never changes.
    return Response(data, media_type="application/octet-stream", headers={"Cache-Control": "public, immutable"})

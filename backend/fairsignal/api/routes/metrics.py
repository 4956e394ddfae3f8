"""Figures for the operator's monitoring."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST

from fairsignal.api.deps import BackendDep, require_scope
from fairsignal.api.metrics import Metrics
from fairsignal.bootstrap.figures import read_figures

router = APIRouter(tags=["operations"])


class _Text(Response):
    media_type = CONTENT_TYPE_LATEST


@router.get("/metrics", response_class=_Text, dependencies=[Depends(require_scope("metrics"))])
async def metrics(request: Request, backend: BackendDep) -> Response:
    """Requests, decisions and refusals by rule, lag, outbox, unsettled uses, the relayer's balance; for Prometheus."""
    gathered: Metrics = request.app.state.metrics
    return _Text(gathered.expose(await read_figures(backend)))

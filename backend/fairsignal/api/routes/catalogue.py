"""What advertisers can reach."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, Field

from fairsignal.api.deps import BackendDep
from fairsignal.domain.categories import BY_BIT
from fairsignal.market.catalogue import EPSILON

router = APIRouter(prefix="/v1", tags=["catalogue"])


class CategoryView(BaseModel):
    """One category for one purpose."""

    purpose: int
    category: str
    reach: int | None = Field(description="people with a consent in force and a signal, noised; null: too few to say")
    floors: tuple[int, int, int] | None = Field(
        description="a quarter, half and three quarters of them ask for no more than this for a use; millionths of a "
        "token, rounded to two digits"
    )


class CatalogueView(BaseModel):
    """Figures of one UTC day, the same for everybody who asks on it."""

    day: int = Field(description="Unix seconds // 86,400")
    least: int = Field(description="people below which nothing is said")
    epsilon: float = Field(description="of the two-sided geometric noise on each figure")
    categories: list[CategoryView]


@router.get("/catalogue")
async def catalogue(backend: BackendDep) -> CatalogueView:
    """Reach and asking prices by category: small groups left out, counts noised once a day."""
    day, figures = await backend.decisions.catalogue.today()
    return CatalogueView(
        day=day,
        least=backend.decisions.catalogue.least,
        epsilon=EPSILON,
        categories=[
            CategoryView(
                purpose=figure.purpose,
                category=BY_BIT[figure.category].slug,
                reach=figure.reach,
                floors=figure.floors,
            )
            for figure in figures
        ],
    )

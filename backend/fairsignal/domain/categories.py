"""The category table. Generated from backend/fairsignal/data/categories.toml by `make generate`; do not edit.

IAB ids: Audience Taxonomy 1.1 (segtax 4) and Content Taxonomy 3.0 (segtax 7), CC BY 3.0, (c) IAB Tech Lab.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["BY_BIT", "BY_SLUG", "INTERESTS", "PROHIBITED", "PROHIBITED_MASK", "Category"]


@dataclass(frozen=True, slots=True)
class Category:
    """One interest that can be consented to, or one prohibited class that cannot."""

    bit: int
    """Position in consent and campaign bitmaps, 0..127; never moves."""
    slug: str
    en: str
    de: str
    audience: str = ""
    """Id in the IAB Audience Taxonomy 1.1."""
    content: str = ""
    """Id in the IAB Content Taxonomy 3.0."""


INTERESTS: tuple[Category, ...] = (
    Category(0, "travel", "Travel", "Reisen", "719", "653"),
    Category(1, "outdoors", "Outdoors", "Draußen & Natur", "725", "677"),
    Category(2, "fitness", "Fitness", "Fitness", "408", "225"),
    Category(3, "cooking", "Cooking", "Kochen & Backen", "371", "216"),
    Category(4, "cars", "Cars", "Autos", "243", "1"),
    Category(5, "home_improvement", "Home improvement", "Heimwerken & Einrichten", "460", "280"),
    Category(6, "fashion", "Fashion", "Mode", "681", "577"),
    Category(7, "beauty", "Beauty", "Kosmetik & Pflege", "677", "553"),
    Category(8, "gaming", "Video games", "Videospiele", "733", "680"),
    Category(9, "music", "Music", "Musik", "481", "338"),
    Category(10, "movies", "Movies", "Filme", "467", "324"),
    Category(11, "books", "Books", "Bücher", "258", "42"),
    Category(12, "personal_finance", "Personal finance", "Geld & Vorsorge", "534", "391"),
    Category(13, "real_estate", "Real estate", "Immobilien", "583", "441"),
    Category(14, "parenting", "Parenting", "Familie & Kinder", "350", "192"),
    Category(15, "pets", "Pets", "Haustiere", "541", "422"),
    Category(16, "gardening", "Gardening", "Garten", "458", "275"),
    Category(17, "electronics", "Consumer electronics", "Elektronik", "703", "632"),
    Category(18, "photography", "Photography", "Fotografie", "431", "255"),
    Category(19, "education", "Education", "Bildung", "344", "132"),
    Category(20, "careers", "Careers", "Beruf & Karriere", "338", "123"),
    Category(21, "sports", "Sports", "Sport", "607", "483"),
    Category(22, "dining_out", "Dining out", "Essen gehen", "373", "218"),
    Category(23, "television", "Television", "Serien & Fernsehen", "706", "640"),
    Category(24, "arts_crafts", "Arts and crafts", "Kunst & Handwerk", "424", "248"),
    Category(25, "software", "Software and programming", "Software & Programmieren", "690", "602"),
    Category(26, "live_events", "Concerts and events", "Konzerte & Veranstaltungen", "783", "8VZQHL"),
    Category(27, "weddings", "Weddings", "Hochzeit", "1505", "165"),
    Category(28, "motorcycles", "Motorcycles", "Motorräder", "255", "27"),
    Category(29, "board_games", "Board games and puzzles", "Brett- & Rollenspiele", "446", "270"),
    Category(30, "science", "Science", "Wissenschaft", "223", "464"),
    Category(31, "small_business", "Small business", "Selbstständigkeit", "276", "60"),
    Category(32, "collectibles", "Collecting and antiques", "Sammeln & Antiquitäten", "437", "261"),
    Category(33, "languages", "Language learning", "Sprachen lernen", "346", "147"),
)

PROHIBITED: tuple[Category, ...] = (
    Category(120, "religion", "Religion or belief", "Religion oder Weltanschauung"),
    Category(119, "orientation", "Sexual orientation and sex life", "Sexuelle Orientierung und Sexualleben"),
    Category(118, "politics", "Political opinion", "Politische Meinung"),
    Category(117, "health", "Health", "Gesundheit"),
    Category(116, "ethnicity", "Ethnic origin", "Ethnische Herkunft"),
    Category(115, "union", "Trade-union membership", "Gewerkschaftszugehörigkeit"),
    Category(114, "minor", "What concerns children", "Was Kinder betrifft"),
)

PROHIBITED_MASK = 0xFFFF0000000000000000000000000000
"""Bits 112..127, the reserved ones among them: no consent can unlock them."""

BY_SLUG = {category.slug: category for category in INTERESTS + PROHIBITED}
BY_BIT = {category.bit: category for category in INTERESTS + PROHIBITED}

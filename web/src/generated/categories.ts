// Generated from backend/fairsignal/data/categories.toml by `make generate`; do not edit.
// IAB ids: Audience Taxonomy 1.1 (segtax 4), Content Taxonomy 3.0 (segtax 7), CC BY 3.0, (c) IAB Tech Lab.

/** One interest that can be consented to: `bit` is its position in 128-bit consent and campaign bitmaps. */
export const INTERESTS = [
  {"bit": 0, "slug": "travel", "en": "Travel", "de": "Reisen", "audience": "719", "content": "653"},
  {"bit": 1, "slug": "outdoors", "en": "Outdoors", "de": "Draußen & Natur", "audience": "725", "content": "677"},
  {"bit": 2, "slug": "fitness", "en": "Fitness", "de": "Fitness", "audience": "408", "content": "225"},
  {"bit": 3, "slug": "cooking", "en": "Cooking", "de": "Kochen & Backen", "audience": "371", "content": "216"},
  {"bit": 4, "slug": "cars", "en": "Cars", "de": "Autos", "audience": "243", "content": "1"},
  {"bit": 5, "slug": "home_improvement", "en": "Home improvement", "de": "Heimwerken & Einrichten", "audience": "460", "content": "280"},
  {"bit": 6, "slug": "fashion", "en": "Fashion", "de": "Mode", "audience": "681", "content": "577"},
  {"bit": 7, "slug": "beauty", "en": "Beauty", "de": "Kosmetik & Pflege", "audience": "677", "content": "553"},
  {"bit": 8, "slug": "gaming", "en": "Video games", "de": "Videospiele", "audience": "733", "content": "680"},
  {"bit": 9, "slug": "music", "en": "Music", "de": "Musik", "audience": "481", "content": "338"},
  {"bit": 10, "slug": "movies", "en": "Movies", "de": "Filme", "audience": "467", "content": "324"},
  {"bit": 11, "slug": "books", "en": "Books", "de": "Bücher", "audience": "258", "content": "42"},
  {"bit": 12, "slug": "personal_finance", "en": "Personal finance", "de": "Geld & Vorsorge", "audience": "534", "content": "391"},
  {"bit": 13, "slug": "real_estate", "en": "Real estate", "de": "Immobilien", "audience": "583", "content": "441"},
  {"bit": 14, "slug": "parenting", "en": "Parenting", "de": "Familie & Kinder", "audience": "350", "content": "192"},
  {"bit": 15, "slug": "pets", "en": "Pets", "de": "Haustiere", "audience": "541", "content": "422"},
  {"bit": 16, "slug": "gardening", "en": "Gardening", "de": "Garten", "audience": "458", "content": "275"},
  {"bit": 17, "slug": "electronics", "en": "Consumer electronics", "de": "Elektronik", "audience": "703", "content": "632"},
  {"bit": 18, "slug": "photography", "en": "Photography", "de": "Fotografie", "audience": "431", "content": "255"},
  {"bit": 19, "slug": "education", "en": "Education", "de": "Bildung", "audience": "344", "content": "132"},
  {"bit": 20, "slug": "careers", "en": "Careers", "de": "Beruf & Karriere", "audience": "338", "content": "123"},
  {"bit": 21, "slug": "sports", "en": "Sports", "de": "Sport", "audience": "607", "content": "483"},
  {"bit": 22, "slug": "dining_out", "en": "Dining out", "de": "Essen gehen", "audience": "373", "content": "218"},
  {"bit": 23, "slug": "television", "en": "Television", "de": "Serien & Fernsehen", "audience": "706", "content": "640"},
  {"bit": 24, "slug": "arts_crafts", "en": "Arts and crafts", "de": "Kunst & Handwerk", "audience": "424", "content": "248"},
  {"bit": 25, "slug": "software", "en": "Software and programming", "de": "Software & Programmieren", "audience": "690", "content": "602"},
  {"bit": 26, "slug": "live_events", "en": "Concerts and events", "de": "Konzerte & Veranstaltungen", "audience": "783", "content": "8VZQHL"},
  {"bit": 27, "slug": "weddings", "en": "Weddings", "de": "Hochzeit", "audience": "1505", "content": "165"},
  {"bit": 28, "slug": "motorcycles", "en": "Motorcycles", "de": "Motorräder", "audience": "255", "content": "27"},
  {"bit": 29, "slug": "board_games", "en": "Board games and puzzles", "de": "Brett- & Rollenspiele", "audience": "446", "content": "270"},
  {"bit": 30, "slug": "science", "en": "Science", "de": "Wissenschaft", "audience": "223", "content": "464"},
  {"bit": 31, "slug": "small_business", "en": "Small business", "de": "Selbstständigkeit", "audience": "276", "content": "60"},
  {"bit": 32, "slug": "collectibles", "en": "Collecting and antiques", "de": "Sammeln & Antiquitäten", "audience": "437", "content": "261"},
  {"bit": 33, "slug": "languages", "en": "Language learning", "de": "Sprachen lernen", "audience": "346", "content": "147"},
] as const;

/** Classes that no consent can unlock. */
export const PROHIBITED = [
  {"bit": 120, "slug": "religion", "en": "Religion or belief", "de": "Religion oder Weltanschauung"},
  {"bit": 119, "slug": "orientation", "en": "Sexual orientation and sex life", "de": "Sexuelle Orientierung und Sexualleben"},
  {"bit": 118, "slug": "politics", "en": "Political opinion", "de": "Politische Meinung"},
  {"bit": 117, "slug": "health", "en": "Health", "de": "Gesundheit"},
  {"bit": 116, "slug": "ethnicity", "en": "Ethnic origin", "de": "Ethnische Herkunft"},
  {"bit": 115, "slug": "union", "en": "Trade-union membership", "de": "Gewerkschaftszugehörigkeit"},
  {"bit": 114, "slug": "minor", "en": "What concerns children", "de": "Was Kinder betrifft"},
] as const;

/** Bits 112..127, the reserved ones among them. */
export const PROHIBITED_MASK = 0xffff0000000000000000000000000000n;

export type Interest = (typeof INTERESTS)[number]["slug"];
export type ProhibitedClass = (typeof PROHIBITED)[number]["slug"];

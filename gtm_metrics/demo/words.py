"""The words of the demo company: invented names, people and reasons, each list with its weights where they differ."""

from __future__ import annotations

from collections.abc import Mapping


def _list(text: str) -> tuple[str, ...]:
    """The words of a text, for lists too long to quote one by one."""
    return tuple(text.split())


NAME_STEMS = _list(
    "Alder Amber Anchor Arbor Aspen Atlas Aurora Beacon Birch Blue Boreal Bramble Bright Brook Canyon Cedar Cinder "
    "Clover Coast Cobalt Copper Coral Crescent Crest Delta Drift Dune Echo Elder Ember Fable Falcon Fern Field Finch "
    "Fjord Flint Forge Fox Garnet Glade Glen Granite Grove Harbour Hazel Heron High Hollow Indigo Iris Iron Island "
    "Ivory Jade Juniper Kestrel Kite Lantern Lark Laurel Linden Little Lumen Lunar Magnet Maple Marble Marsh Meadow "
    "Mellow Merit Mint Mosaic Moss North Nova Oak Ochre Olive Onyx Orchard Osprey Otter Pebble Pine Plain Polar "
    "Poplar Prairie Quarry Quartz Quill Raven Reed Ridge River Robin Rowan Saffron Sage Sand Scarlet Silver Slate "
    "Solar South Spruce Stone Summit Swift Tandem Thistle Tidal Timber Umber Union Vale Velvet Verve Violet Walnut "
    "Wander West White Willow Winter Wren Yarrow Zephyr"
)

NAME_ENDINGS: Mapping[str, tuple[str, ...]] = {
    "DTC e-commerce": ("Goods", "Outfitters", "Home", "Skincare", "Apparel", "Roasters", "Pantry", "Cycles"),
    "B2B SaaS": ("Software", "Cloud", "Systems", "Analytics", "Stack", "Apps", "Data", "Flow"),
    "Agencies": ("Studio", "Creative", "Media", "Collective", "Partners", "Communications", "Digital"),
    "Education": ("Academy", "Learning", "College", "Courses", "Institute", "Tutors"),
    "Manufacturing": ("Works", "Industries", "Tooling", "Components", "Machinery", "Plastics"),
    "Healthcare": ("Health", "Clinics", "Care", "Dental", "Diagnostics", "Therapeutics"),
    "Logistics": ("Freight", "Logistics", "Haulage", "Shipping", "Couriers"),
    "Non-profit": ("Foundation", "Trust", "Relief", "Alliance", "Fund"),
}

COUNTRIES: Mapping[str, tuple[float, tuple[str, ...]]] = {
    "North America": (0.38, ("United States", "United States", "United States", "Canada")),
    "UK and Ireland": (0.22, ("United Kingdom", "United Kingdom", "United Kingdom", "Ireland")),
    "DACH": (0.18, ("Germany", "Germany", "Austria", "Switzerland")),
    "Nordics": (0.10, ("Sweden", "Denmark", "Norway", "Finland")),
    "Rest of Europe": (0.12, ("France", "Netherlands", "Spain", "Italy", "Poland")),
}
"""Region -> its share, and its countries (named as often as they are drawn)."""

MARKETING_TOOLS = {"HubSpot": 0.34, "Mailchimp": 0.22, "Klaviyo": 0.18, "Marketo": 0.12, "None": 0.14}
TEAMS = {"Marketing": 0.46, "Sales": 0.24, "Operations": 0.18, "Customer success": 0.12}
PRIMARY_USES = {"Campaign reporting": 0.33, "Lifecycle e-mail": 0.27, "Lead routing": 0.22, "Forecasting": 0.18}

REPS = ("M. Ito", "R. Shah", "L. Berg", "A. Okafor", "J. Novak", "C. Moreau", "T. Lindgren", "S. Walsh")
FIRST_NAMES = _list(
    "Ada Amir Anna Ben Carla Dana Elif Emil Eva Farah Felix Greta Hana Hugo Ines Ivan Jonas Kaya Lara Leo Lina Luca "
    "Maja Marco Mila Nils Nora Omar Petra Rosa Samir Sofia Tara Theo Vera Yusuf"
)
LAST_NAMES = _list(
    "Adler Bauer Bianchi Byrne Costa Dahl Diaz Dubois Evans Fischer Garcia Haas Hansen Ivanov Jensen Keller Kovacs "
    "Lange Larsen Lopez Martin Meyer Murphy Nielsen Olsen Patel Petit Quinn Rossi Santos Schmid Silva Torres Vogel "
    "Weber Young Zimmer"
)

INBOUND_SOURCES = {"Website": 0.40, "Content": 0.22, "Referral": 0.18, "Event": 0.12, "Partner": 0.08}
OUTBOUND_CHANNELS = {"email": 0.86, "phone": 0.08, "social": 0.06}
INBOUND_CHANNELS = {"web form": 0.62, "email": 0.22, "event": 0.16}
CAMPAIGNS = {"Pipeline review": 0.40, "Hours saved": 0.35, "Customer stories": 0.25}

WIN_REASONS = {
    "saves hours every week": 0.30,
    "easy to roll out": 0.20,
    "fits our stack": 0.20,
    "recommended by a peer": 0.14,
    "price": 0.10,
    "support": 0.06,
}
LEADER_WIN_REASONS = {
    "reads our shop's orders": 0.46,
    "saves hours every week": 0.24,
    "recommended by a peer": 0.16,
    "easy to roll out": 0.14,
}
LOST_REASONS = {"price": 0.34, "missing feature": 0.28, "chose a competitor": 0.26, "security review": 0.12}
NO_DECISION_REASONS = {"not a priority": 0.34, "went silent": 0.28, "no budget": 0.22, "wrong time": 0.16}

STATUS_QUO = {"spreadsheet": 0.42, "manual work": 0.18, "in-house": 0.16, "nothing": 0.16, "an intern": 0.08}
VENDORS = {"Quillmark": 0.38, "Tandemly": 0.28, "Norvane": 0.20, "Brightloop": 0.14}
STATUS_QUO_SHARE = {"won": 0.55, "lost": 0.35, "no_decision": 0.75}
"""How often the alternative of a decided deal was to stay as they are."""

CHAMPIONS = {
    "Head of Marketing": 0.30,
    "Marketing Manager": 0.20,
    "RevOps Lead": 0.16,
    "Founder": 0.12,
    "Sales Director": 0.12,
    "Data Analyst": 0.10,
}
END_REASONS = {
    "no longer needed": 0.30,
    "budget": 0.26,
    "missing feature": 0.18,
    "moved to a competitor": 0.16,
    "closed down": 0.10,
}

REFERS_TO: Mapping[str, tuple[str, ...]] = {
    "DTC e-commerce": ("B2B SaaS", "Agencies", "Logistics"),
    "B2B SaaS": ("Agencies", "Education"),
    "Agencies": ("DTC e-commerce", "B2B SaaS"),
    "Education": ("Non-profit", "Healthcare"),
    "Manufacturing": ("Logistics",),
    "Healthcare": ("Education", "Non-profit"),
    "Logistics": ("Manufacturing", "DTC e-commerce"),
    "Non-profit": ("Education", "Healthcare"),
}
"""Industries whose people talk: where a referral goes that does not stay in its own."""

"""Words the demo shop is made of: names of people, firms, streets and goods. All invented or everyday."""

FIRST_NAMES = (
    "Anna", "Jan", "Maria", "Piotr", "Katarzyna", "Tomasz", "Agnieszka", "Paweł", "Zofia", "Michał", "Łukasz", "Ewa",
    "Olena", "Andriy", "Iryna", "Taras", "Kateryna", "Bohdan", "Lena", "Jonas", "Mia", "Felix", "Hannah", "Lukas",
    "Emma", "Oliver", "Grace", "Harry", "Amelia", "Noah", "Lucía", "Mateo", "Sofía", "Diego", "Camille", "Louis",
    "Chloé", "Hugo", "Elif", "Emre", "Aylin", "Kerem", "Mai", "Linh", "Aiko", "Ren", "Ingrid", "Lars", "Freja", "Nils",
)  # fmt: skip
LAST_NAMES = (
    "Kowalska", "Nowak", "Wiśniewski", "Wójcik", "Kamińska", "Lewandowski", "Zielińska", "Szymański", "Woźniak",
    "Dąbrowski", "Kozłowska", "Mazur", "Krawczyk", "Shevchenko", "Bondarenko", "Kovalenko", "Tkachuk", "Melnyk",
    "Schneider", "Wagner", "Becker", "Hoffmann", "Krüger", "Smith", "Taylor", "Walker", "Hughes", "García", "Torres",
    "Romero", "Moreau", "Lefèvre", "Garnier", "Yılmaz", "Demir", "Aydın", "Nguyen", "Tran", "Tanaka", "Sato",
    "Lindqvist", "Berg", "Nilsen", "Holm",
)  # fmt: skip
FIRM_STARTS = ("Alder", "Bel", "Corv", "Dom", "Elk", "Fjor", "Grano", "Harn", "Inter", "Jant", "Karo", "Lumi", "Medo",
               "Nord", "Orbi", "Pago", "Quer", "Rost", "Sylva", "Tern", "Ulmo", "Verd", "Wisel", "Zen")  # fmt: skip
FIRM_ENDS = ("bud", "dis", "fix", "gar", "hof", "lux", "mark", "mex", "nova", "plan", "rex", "stal", "tech", "trade",
             "via", "ware")  # fmt: skip
FIRM_FORMS = ("sp. z o.o.", "S.A.", "GmbH", "s.r.o.", "Ltd", "sp. j.", "UAB", "B.V.")
STREETS = ("Lipowa", "Ogrodowa", "Polna", "Leśna", "Słoneczna", "Krótka", "Szkolna", "Kwiatowa", "Łąkowa", "Brzozowa",
           "Zielona", "Młyńska", "Rynek", "Spacerowa", "Portowa", "Cicha")  # fmt: skip
REGIONS = (
    # name, share of customers, city, warehouse that serves it
    ("Mazowieckie", 0.17, "Warszawa", 0), ("Śląskie", 0.12, "Katowice", 1), ("Wielkopolskie", 0.09, "Poznań", 1),
    ("Małopolskie", 0.09, "Kraków", 1), ("Dolnośląskie", 0.08, "Wrocław", 1), ("Łódzkie", 0.06, "Łódź", 0),
    ("Pomorskie", 0.07, "Gdańsk", 2), ("Lubelskie", 0.05, "Lublin", 0), ("Podkarpackie", 0.05, "Rzeszów", 1),
    ("Kujawsko-pomorskie", 0.05, "Bydgoszcz", 2), ("Zachodniopomorskie", 0.05, "Szczecin", 2),
    ("Warmińsko-mazurskie", 0.04, "Olsztyn", 2), ("Świętokrzyskie", 0.03, "Kielce", 0),
    ("Podlaskie", 0.02, "Białystok", 0), ("Lubuskie", 0.02, "Zielona Góra", 1), ("Opolskie", 0.01, "Opole", 1),
)  # fmt: skip
BRANDS = ("Aster", "Brava", "Cobalt", "Dune", "Elmet", "Fenn", "Gale", "Harbor", "Isla", "Juno", "Kestrel", "Lark",
          "Maren", "Nimbus", "Orla", "Pine & Co", "Quill", "Rowan", "Sable", "Tarn")  # fmt: skip
DEPARTMENTS = (
    # code, name, seasonal swing, week of the peak, leaves: (name, lowest price, highest price, kilograms, goods)
    ("KIT", "Kitchen", 0.22, 50, (
        ("Kettles and coffee", 19, 129, 1.4, ("Kettle", "Moka pot", "French press", "Milk frother", "Coffee grinder")),
        ("Cookware", 24, 149, 2.1, ("Frying pan", "Saucepan", "Stockpot", "Wok", "Baking tray")),
        ("Knives", 9, 89, 0.4, ("Chef's knife", "Bread knife", "Paring knife", "Sharpener")),
        ("Tableware", 6, 59, 0.9, ("Plate set", "Bowl", "Mug", "Carafe", "Cutlery set")))),
    ("HOM", "Home", 0.18, 47, (
        ("Lighting", 14, 139, 1.1, ("Table lamp", "Pendant", "Floor lamp", "LED strip")),
        ("Textiles", 9, 79, 0.8, ("Throw", "Cushion", "Bed linen", "Bath towel", "Curtain")),
        ("Storage", 5, 69, 1.2, ("Storage box", "Basket", "Shelf", "Hook rail")),
        ("Candles", 3, 29, 0.3, ("Scented candle", "Tea lights", "Candle holder")))),
    ("GAR", "Garden", 0.68, 23, (
        ("Garden tools", 8, 89, 1.5, ("Pruner", "Spade", "Rake", "Hedge shears", "Trowel")),
        ("Irrigation", 6, 99, 1.3, ("Hose", "Sprinkler", "Drip set", "Nozzle", "Watering can")),
        ("Grills", 19, 249, 9.0, ("Charcoal grill", "Grill tongs", "Smoker", "Grill cover")),
        ("Planters", 4, 59, 2.0, ("Planter", "Flower box", "Plant stand")))),
    ("OFF", "Office", 0.24, 36, (
        ("Paper", 2, 24, 2.3, ("Copy paper", "Notebook", "Sticky notes", "Envelope box")),
        ("Writing", 2, 19, 0.1, ("Gel pen", "Marker set", "Pencil", "Highlighter")),
        ("Filing", 3, 39, 0.7, ("Binder", "Document tray", "Label roll", "Archive box")),
        ("Desk", 9, 189, 3.5, ("Monitor stand", "Desk mat", "Desk lamp", "Foot rest")))),
    ("WRK", "Workshop", 0.14, 17, (
        ("Hand tools", 7, 79, 0.8, ("Hammer", "Screwdriver set", "Pliers", "Spirit level", "Tape measure")),
        ("Power tools", 39, 259, 2.6, ("Cordless drill", "Jigsaw", "Sander", "Heat gun")),
        ("Fasteners", 2, 19, 0.5, ("Wood screws", "Wall plugs", "Bolts", "Cable ties")),
        ("Safety", 3, 49, 0.4, ("Work gloves", "Goggles", "Ear defenders", "Dust masks")))),
    ("TOY", "Toys and leisure", 0.52, 50, (
        ("Games", 8, 49, 0.9, ("Board game", "Card game", "Puzzle")),
        ("Building sets", 12, 99, 1.2, ("Wooden blocks", "Train set", "Marble run")),
        ("Outdoor play", 6, 89, 1.4, ("Kite", "Football", "Skipping rope", "Sand set")))),
)  # fmt: skip
VARIANTS = ("Mini", "Classic", "Plus", "Pro", "Duo", "XL", "Set of 2", "Set of 4", "Slim", "Natural", "Graphite",
            "Ivory", "Forest", "Coral", "Navy")  # fmt: skip
CARRIERS = ("Parcelo", "NordExpress", "City Courier", "Freightline", "Pickup")
"""The last is no carrier: the customer collects."""

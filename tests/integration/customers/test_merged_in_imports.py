"""Past orders that come under the old key of a merged customer are those of whom they were merged into."""

from building import a_product
from imported import rows_of

from oms_core import door
from oms_core.customers.merging import merge_customers
from oms_core.db import make_sessions
from pipelines.imports.mapping import Mapping
from pipelines.imports.orders import import_orders

_HEAD = "external_ref,sku,quantity,unit_price,customer_ref,customer_name,placed_at,status\n"


def test_an_import_follows_a_merge(fresh_engine, admin, tmp_path):
    sessions = make_sessions(fresh_engine)
    with sessions.begin() as session:
        a_product(session, "A")
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    first.write_text(
        _HEAD + "1,A,1,10,K-1,Anna Kowalska,2025-01-02 10:00,done\n2,A,1,10,K-2,A. Kowalska,2025-01-03 10:00,done\n"
    )
    second.write_text(_HEAD + "3,A,1,10,K-2,A. Kowalska,2025-02-03 10:00,done\n")
    facts = {"channel": "desk", "mapping": Mapping(history=True), "actor": admin}
    import_orders(fresh_engine, first, **facts)
    kept, gone = (row[0] for row in rows_of(fresh_engine, "SELECT id FROM customers ORDER BY external_ref"))
    door.run(sessions, admin, merge_customers, kept_id=kept, gone_id=gone)
    import_orders(fresh_engine, second, **facts)
    assert rows_of(fresh_engine, "SELECT DISTINCT customer_id FROM orders") == [(kept,)]
    assert rows_of(fresh_engine, "SELECT count(*) FROM customers") == [(2,)]

"""Debian's python3-etcd3, unchanged, through all that it offers. Ends with "ok" or with the assertion that failed.

Usage: python_client.py HOST PORT [CA CERTIFICATE KEY] [USER PASSWORD]
"""
import os
import queue
import sys
import tempfile

import etcd3
from etcd3 import exceptions

PATIENCE = 30


def connect(host, port, *rest):
    options = {"host": host, "port": int(port), "timeout": PATIENCE}
    if len(rest) >= 3:
        options.update(ca_cert=rest[0], cert_cert=rest[1], cert_key=rest[2])
    if len(rest) in (2, 5):
        options.update(user=rest[-2], password=rest[-1])
    return etcd3.client(**options)


def keys(etcd):
    etcd.put("py/a", "1")
    assert etcd.get("py/a")[0] == b"1"
    assert etcd.get("py/none") == (None, None)
    assert etcd.put("py/a", "2", prev_kv=True).prev_kv.value == b"1"
    value, meta = etcd.get("py/a")
    assert (value, meta.key, meta.version) == (b"2", b"py/a", 2)
    assert etcd.put_if_not_exists("py/b", "1") and not etcd.put_if_not_exists("py/b", "2")
    assert etcd.replace("py/b", "1", "3") and not etcd.replace("py/b", "1", "4")
    for i in range(5):
        etcd.put("py/range/%d" % i, str(9 - i))
    assert [v for v, _ in etcd.get_prefix("py/range/")] == [b"9", b"8", b"7", b"6", b"5"]
    assert [v for v, _ in etcd.get_prefix("py/range/", sort_order="descend", sort_target="key")][0] == b"5"
    assert [m.key for _, m in etcd.get_prefix("py/range/", keys_only=True)][0] == b"py/range/0"
    assert [v for v, _ in etcd.get_range("py/range/1", "py/range/3")] == [b"8", b"7"]
    assert etcd.delete("py/range/0") and not etcd.delete("py/range/0")
    assert etcd.delete_prefix("py/range/").deleted == 4


def transactions(etcd):
    etcd.put("py/txn", "1")
    succeeded, responses = etcd.transaction(
        compare=[etcd.transactions.value("py/txn") == "1", etcd.transactions.version("py/txn") > 0],
        success=[etcd.transactions.put("py/txn", "then"), etcd.transactions.get("py/txn")],
        failure=[etcd.transactions.put("py/txn", "else")])
    assert succeeded and responses[1][0][0] == b"then"
    succeeded, _ = etcd.transaction(
        compare=[etcd.transactions.create("py/txn") == "0"], success=[], failure=[etcd.transactions.delete("py/txn")])
    assert not succeeded and etcd.get("py/txn")[0] is None


def watches(etcd):
    events, cancel = etcd.watch("py/watched")
    etcd.put("py/watched", "1")
    etcd.delete("py/watched")
    first, second = next(events), next(events)
    assert isinstance(first, etcd3.events.PutEvent) and first.value == b"1"
    assert isinstance(second, etcd3.events.DeleteEvent) and second.key == b"py/watched"
    cancel()

    heard = queue.Queue()
    number = etcd.add_watch_prefix_callback("py/many/", heard.put)
    for i in range(3):
        etcd.put("py/many/%d" % i, "x")
    got = []
    while len(got) < 3:
        got += [event.key for event in heard.get(timeout=PATIENCE).events]
    assert got == [b"py/many/0", b"py/many/1", b"py/many/2"]
    etcd.cancel_watch(number)

    started = etcd.get("py/many/0")[1].mod_revision
    history, cancel = etcd.watch_prefix("py/many/", start_revision=started)
    assert [next(history).key for _ in range(3)] == got
    cancel()


def leases(etcd):
    lease = etcd.lease(100)
    etcd.put("py/leased", "1", lease=lease)
    info = etcd.get_lease_info(lease.id)
    assert info.grantedTTL == 100 and list(info.keys) == [b"py/leased"]
    assert lease.refresh()[0].TTL == 100 and 90 < lease.remaining_ttl <= 100
    lease.revoke()
    assert etcd.get("py/leased")[0] is None


def locks(etcd):
    # Not while another holds it: there Debian's library fails by itself, whatever the server (its waits are not those of Debian's tenacity).
    lock = etcd.lock("py-lock", ttl=30)
    assert lock.acquire() and lock.is_acquired()
    assert etcd.get(lock.key)[0] == lock.uuid
    lock.refresh()
    assert lock.release() and not lock.is_acquired()
    assert etcd.get(lock.key)[0] is None
    with etcd.lock("py-lock", ttl=30) as second:
        assert second.is_acquired()


def compaction(etcd):
    etcd.put("py/old", "1")
    at = etcd.get("py/old")[1].mod_revision
    etcd.put("py/old", "2")
    etcd.compact(etcd.get("py/old")[1].mod_revision)
    events, cancel = etcd.watch("py/old", start_revision=at)
    try:
        next(events)
        raise AssertionError("a watch from a compacted revision must end")
    except exceptions.RevisionCompactedError as compacted:
        assert compacted.compacted_revision > at
    cancel()


def maintenance(etcd):
    status = etcd.status()
    assert status.leader is not None and status.db_size > 0 and status.version
    assert [member.name for member in etcd.members]
    etcd.defragment()
    assert etcd.hash() is not None
    assert list(etcd.list_alarms()) == []
    member = list(etcd.members)[0].id
    assert [alarm.member_id for alarm in etcd.create_alarm(member)] == [member]
    try:
        etcd.put("py/full", "1")
        raise AssertionError("a put under the alarm must be refused")
    except exceptions.Etcd3Exception:
        pass
    except Exception as refused:
        assert "database space exceeded" in str(refused), refused
    assert [alarm.member_id for alarm in etcd.disarm_alarm(member)] == [member]
    etcd.put("py/full", "1")
    with tempfile.TemporaryFile() as file:
        etcd.snapshot(file)
        assert file.tell() % 512 == 32


def main(arguments):
    etcd = connect(*arguments)
    etcd.delete_prefix("py/")
    for part in (keys, transactions, watches, leases, locks, compaction, maintenance):
        part(etcd)
        print(part.__name__, flush=True)
    etcd.close()
    print("ok", flush=True)
    # The library's own threads outlive its close.
    os._exit(0)


main(sys.argv[1:])

// The JavaScript client "etcd3" of npm, unchanged, through all that it offers. Ends with "ok" or with the assertion that failed.
//
// Usage: node javascript_client.js URL [CA CERTIFICATE KEY]
'use strict';
const assert = require('node:assert');
const events = require('node:events');
const fs = require('node:fs');
const { Etcd3, GRPCOutOfRangeError, EtcdLeaseInvalidError, EtcdUserExistsError, EtcdPermissionDeniedError, EtcdAuthenticationFailedError } = require('etcd3');

const patience = AbortSignal.timeout(60_000);
const [url, authority, certificate, key] = process.argv.slice(2);

function connect(more) {
  const options = { hosts: url, ...more };
  if (authority) {
    options.credentials = { rootCertificate: fs.readFileSync(authority), certChain: fs.readFileSync(certificate), privateKey: fs.readFileSync(key) };
  }
  return new Etcd3(options);
}

const parts = {
  async keys(client) {
    await client.put('js/foo').value('bar');
    assert.strictEqual(await client.get('js/foo').string(), 'bar');
    assert.strictEqual(await client.get('js/none').string(), null);
    await client.put('js/n').value(42);
    assert.strictEqual(await client.get('js/n').number(), 42);
    await client.put('js/json').value(JSON.stringify({ a: 1 }));
    assert.deepStrictEqual(await client.get('js/json').json(), { a: 1 });
    assert.deepStrictEqual(await client.getAll().prefix('js/').keys(), ['js/foo', 'js/json', 'js/n']);
    assert.deepStrictEqual(await client.getAll().prefix('js/').sort('Key', 'Descend').limit(1).keys(), ['js/n']);
    assert.strictEqual(await client.getAll().prefix('js/').count(), 3);
    assert.strictEqual(await client.get('js/foo').exists(), true);
    assert.strictEqual((await client.delete().key('js/n')).deleted, '1');
    const inside = client.namespace('js/space/');
    await inside.put('a').value('1');
    assert.strictEqual(await client.get('js/space/a').string(), '1');
    assert.strictEqual((await inside.delete().all()).deleted, '1');
  },

  async transactions(client) {
    await client.put('js/txn').value('1');
    const then = await client.if('js/txn', 'Value', '==', '1').then(client.put('js/txn').value('2'), client.get('js/txn')).else(client.get('js/txn')).commit();
    assert.strictEqual(then.succeeded, true);
    assert.strictEqual(then.responses[1].response_range.kvs[0].value.toString(), '2');
    const other = await client.if('js/txn', 'Version', '>', 100).then(client.delete().key('js/txn')).else(client.get('js/txn')).commit();
    assert.strictEqual(other.succeeded, false);
    await client.put('js/counter').value(0);
    const add = () => client.stm({ retries: 100 }).transact(async tx => tx.put('js/counter').value((await tx.get('js/counter').number()) + 1));
    await Promise.all(Array.from({ length: 10 }, add));
    assert.strictEqual(await client.get('js/counter').number(), 10);
  },

  async watches(client) {
    const watcher = await client.watch().prefix('js/watched/').withPreviousKV().create();
    const put = events.once(watcher, 'put', { signal: patience });
    const removed = events.once(watcher, 'delete', { signal: patience });
    await client.put('js/watched/a').value('1');
    assert.strictEqual((await put)[0].value.toString(), '1');
    await client.delete().key('js/watched/a');
    const [gone, previous] = await removed;
    assert.deepStrictEqual([gone.key.toString(), previous.value.toString()], ['js/watched/a', '1']);
    const revision = gone.mod_revision;
    await watcher.cancel();

    const deletesOnly = client.watch().prefix('js/watched/').only('delete').startRevision(revision).watcher();
    assert.strictEqual((await events.once(deletesOnly, 'delete', { signal: patience }))[0].mod_revision, revision);
    await deletesOnly.cancel();
  },

  async leases(client) {
    const lease = client.lease(30);
    await lease.put('js/leased').value('1');
    assert.strictEqual(await client.get('js/leased').string(), '1');
    await lease.keepaliveOnce();
    const id = await lease.grant();
    const told = await client.leaseClient.leaseTimeToLive({ ID: id, keys: true });
    assert.deepStrictEqual([told.grantedTTL, told.keys.map(String)], ['30', ['js/leased']]);
    await lease.revoke();
    assert.strictEqual(await client.get('js/leased').string(), null);
  },

  async locks(client) {
    const first = await client.lock('js-lock').ttl(30).acquire();
    await assert.rejects(client.lock('js-lock').acquire(), /lock/i);
    await first.release();
    assert.strictEqual(await client.lock('js-lock').do(async () => 'held'), 'held');
  },

  async elections(client) {
    const election = client.election('js-election', 30);
    const first = election.campaign('one');
    await events.once(first, 'elected', { signal: patience });
    assert.strictEqual(await election.leader(), 'one');
    await first.proclaim('one again');
    assert.strictEqual(await election.leader(), 'one again');
    const observer = await election.observe();
    const second = election.campaign('two');
    const elected = events.once(second, 'elected', { signal: patience });
    await first.resign();
    await elected;
    while (observer.leader() !== 'two') await events.once(observer, 'change', { signal: patience });
    await observer.cancel();
    await second.resign();
  },

  // The client knows its errors by their texts and codes.
  async errors(client) {
    await assert.rejects(client.get('js/foo').revision(99999999).exec(), GRPCOutOfRangeError);
    await assert.rejects(client.leaseClient.leaseRevoke({ ID: '12345' }), EtcdLeaseInvalidError);
  },

  async cluster(client) {
    assert.ok((await client.cluster.memberList({})).members.length >= 1);
    const status = await client.maintenance.status({});
    assert.ok(status.version && status.leader !== '0');
    assert.deepStrictEqual((await client.maintenance.alarm({ action: 'Get' })).alarms, []);
    await client.maintenance.defragment({});
    assert.ok((await client.maintenance.hash({})).hash !== 0);
  },

  // Last: it ends with users, and with authentication off again.
  async auth(client) {
    const role = await client.role('js-role').create();
    await role.grant({ permission: 'Readwrite', range: client.range({ prefix: 'js/' }) });
    assert.strictEqual((await role.permissions()).length, 1);
    const user = await client.user('js-user').create('secret');
    await user.addRole('js-role');
    await assert.rejects(client.user('js-user').create('secret'), EtcdUserExistsError);
    assert.deepStrictEqual((await user.roles()).map(r => r.name), ['js-role']);
    const root = await client.user('root').create('root');
    await root.addRole(await client.role('root').create());
    await client.auth.authEnable();

    const known = connect({ auth: { username: 'js-user', password: 'secret' } });
    await known.put('js/mine').value('1');
    assert.strictEqual(await known.get('js/mine').string(), '1');
    await assert.rejects(known.put('other').value('1'), EtcdPermissionDeniedError);
    known.close();
    const stranger = connect({ auth: { username: 'js-user', password: 'wrong' } });
    await assert.rejects(stranger.get('js/mine').string(), EtcdAuthenticationFailedError);
    stranger.close();
    const administrator = connect({ auth: { username: 'root', password: 'root' } });
    await administrator.auth.authDisable();
    administrator.close();
    for (const name of ['js-user', 'root']) await client.user(name).delete();
    for (const name of ['js-role', 'root']) await client.role(name).delete();
  },
};

(async () => {
  const client = connect();
  await client.delete().prefix('js/');
  for (const [name, part] of Object.entries(parts)) {
    await part(client);
    console.log(name);
  }
  client.close();
  console.log('ok');
  process.exit(0);
})().catch(error => {
  console.error(error);
  process.exit(1);
});

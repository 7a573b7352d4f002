using Hive.EndToEnd.World;
using Xunit;

namespace Hive.EndToEnd;

/// <summary>The same etcdctl commands, one after the other, against a queen and against etcd: each must end and print alike.</summary>
public sealed class EtcdctlComparisonTests
{
    /// <summary>Forms in which etcdctl prints; a raw message (protobuf) holds ids and revisions in bytes, and the clients of other languages read those.</summary>
    private static readonly string[] Forms = ["simple", "json", "fields", "table"];

    /// <summary>In each form. Keys stand under a prefix of their own: a queen's store holds more than this.</summary>
    private static readonly (string Arguments, string? Input)[] EveryForm =
    [
        ("put c/foo bar", null), ("put c/foo bar2 --prev-kv", null), ("put c/foo1 x", null), ("get c/foo", null), ("get c/ --prefix", null),
        ("get c/ --prefix --keys-only", null), ("get c/none", null), ("del c/foo1 --prev-kv", null), ("del c/none", null),
        ("txn", "value(\"c/foo\") = \"bar2\"\n\nput c/foo t1\nget c/foo\n\nput c/foo t2\ndel c/foo --prev-kv\n\n"),
        ("txn", "mod(\"c/foo\") < \"1\"\n\nget c/foo\n\nget c/foo\ndel c/foo --prev-kv\n\n"),
        ("lease timetolive 1234", null), ("lease revoke 1234", null), ("lease keep-alive --once 1234", null),
        ("member list", null), ("endpoint status", null), ("endpoint health", null), ("endpoint hashkv", null),
        ("defrag", null), ("user list", null), ("role list", null), ("user add c-user:p", null), ("role add c-role", null),
        ("role grant-permission c-role readwrite foo", null), ("role grant-permission c-role read bar --prefix", null),
        ("role grant-permission c-role write zed zee", null), ("role get c-role", null), ("user grant-role c-user c-role", null), ("user get c-user", null),
        ("user passwd c-user --interactive=false", "new\n"), ("role revoke-permission c-role zed zee", null), ("user revoke-role c-user c-role", null),
        ("role delete c-role", null), ("user delete c-user", null),
    ];

    /// <summary>Once: what is the same in every form, refusals, and options.</summary>
    private static readonly (string Arguments, string? Input)[] Once =
    [
        ("put c/foo bar", null), ("put c/foo1 x", null), ("put c/foo2 y", null),
        ("get c/ --prefix --limit=1", null), ("get c/ --prefix --print-value-only", null), ("get c/ --prefix --sort-by=MODIFY --order=DESCEND", null),
        ("get c/ --prefix --sort-by=VALUE --order=ASCEND", null), ("get c/ --prefix --sort-by=VERSION --order=DESCEND", null),
        ("get c/ --prefix --sort-by=CREATE", null), ("get c/ --prefix --sort-by=KEY --order=DESCEND", null), ("get c/ --prefix --consistency=s", null),
        ("get c/foo --hex", null), ("get c/foo c/foo2", null), ("get c/foo1 --from-key --limit=1", null), ("get c/foo --rev=99999999", null),
        ("get", null), ("put c/nothing", "from standard input"), ("put c/empty", ""),
        ("put c/none --ignore-value", null), ("put c/foo y --ignore-lease", null), ("put c/foo y --ignore-value", null), ("put c/a v --lease=77", null),
        ("put c/a1 1", null), ("put c/a2 2", null), ("del c/a --prefix --prev-kv", null), ("del c/foo1 c/foo2", null), ("del c/foo2 --from-key --prefix", null),
        ("txn", "version(\"c/foo\") > \"100\"\n\nget c/foo\n\nput c/zz 1\nget c/zz\ndel c/zz2\n\n"),
        ("txn", "create(\"c/none\") = \"0\"\n\nput c/none 1\n\nget c/none\n\n"),
        ("txn", "\nput c/d 1\nput c/d 2\n\n\n"), ("txn", "nonsense\n\n\n\n"), ("txn -i", "\nput c/d 1\n\n\n"),
        ("lease grant 100", null), ("lease grant 1", null), ("lease grant 9000000001", null), ("lease grant x", null),
        ("compact 99999999", null), ("compact 0", null), ("compact x", null), ("alarm list", null), ("alarm disarm", null), ("version", null),
        ("move-leader 1234", null), ("move-leader x", null), ("member remove 1234", null), ("member update 1234 --peer-urls=http://127.0.0.1:1", null),
        ("member promote 1234", null), ("member add n", null), ("member add n --peer-urls=nonsense", null),
        ("role add c-role", null), ("role add c-role", null), ("role get none", null), ("role delete none", null),
        ("role grant-permission none read a", null), ("role revoke-permission c-role zed", null), ("user add c-user:p", null), ("user add c-user:p", null),
        ("user add c-free --no-password", null), ("user grant-role c-user none", null), ("user grant-role none c-role", null), ("user grant-role c-user c-role", null),
        ("user get c-user --detail", null), ("user get none", null), ("user revoke-role c-user c-role", null), ("user revoke-role c-user c-role", null),
        ("user delete c-user", null), ("user delete c-user", null), ("user delete c-free", null), ("role delete c-role", null), ("user passwd none --interactive=false", "p\n"),
        ("auth disable", null), ("get c/ --user u:p", null), ("elect e", null), ("lock", null), ("watch", null), ("snapshot save", null), ("make-mirror", null),
    ];

    /// <summary>On an address without TLS, given with its scheme as people do.</summary>
    [Fact]
    public async Task Etcdctl_prints_what_it_prints_with_etcd()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(queens: 1, plain: true);
        await using EtcdProcess etcd = await EtcdProcess.StartAsync();
        var commands = Forms.SelectMany(form => EveryForm.Select(command => (command.Arguments + " -w " + form, command.Input))).Concat(Once);
        await AlikeAsync(etcd.Client, Etcdctl.Plain(cluster, "queen-1"), commands);
    }

    /// <summary>Users, roles and tokens over TLS with client certificates: what a user may, what the name in a certificate may, and how refusals read.</summary>
    [Fact]
    public async Task Etcdctl_is_let_in_and_refused_as_by_etcd()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(queens: 1);
        await using EtcdProcess etcd = await EtcdProcess.StartAsync(cluster.Pki);
        string[] commands =
        [
            "endpoint status --cluster", "endpoint health --cluster", "endpoint hashkv --cluster -w table", "member list",
            "put a/1 x", "put b/1 x", "user add root:r", "user grant-role root root", "role add root", "user grant-role root root", "role add reader", "role add writer",
            "role grant-permission reader read a/ --prefix", "role grant-permission writer readwrite b/ --prefix", "user add u:p", "user grant-role u reader",
            "user grant-role u writer", "auth enable", "auth enable", "get a/1", "put a/1 y", "get a/1 --user u:p", "get a/ --prefix --user u:p", "get a --from-key --user u:p",
            "put a/1 y --user u:p", "put b/1 y --user u:p", "del b/ --prefix --prev-kv --user u:p", "del a/1 --user u:p", "get a/1 --user u:wrong", "get a/1 --user none:p",
            "get a/1 --user root:r", "user list --user u:p", "user get u --user u:p", "user get root --user u:p", "role get reader --user u:p", "role get root --user u:p",
            "user list --user root:r", "role list --user root:r", "user delete root --user root:r", "role delete root --user root:r", "user revoke-role root root --user root:r",
            "endpoint health --user u:p", "endpoint health", "member list --user u:p", "lease grant 50 --user u:p", "compact 2 --user u:p",
            // The name in the certificate is a user once somebody added it.
            "user add hive-admin --no-password --user root:r", "get a/1", "user grant-role hive-admin reader --user root:r", "get a/1", "put a/1 z", "put b/1 z",
            "user grant-role hive-admin root --user root:r", "put b/1 z", "user list", "user get u --detail", "user revoke-role u writer", "put b/1 y --user u:p",
            "user delete hive-admin --user root:r", "get a/1", "auth disable --user root:r", "get a/1", "auth disable",
        ];
        await AlikeAsync(etcd.Client, Etcdctl.Of(cluster, "queen-1"), commands.Select(command => (command, (string?)null)));
    }

    private static async Task AlikeAsync(Etcdctl etcd, Etcdctl hive, IEnumerable<(string Arguments, string? Input)> commands)
    {
        var differences = new List<string>();
        foreach ((string arguments, string? input) in commands)
        {
            string expected = EtcdctlOutput.Plain(await etcd.RunAsync(arguments.Split(' '), input));
            string actual = EtcdctlOutput.Plain(await hive.RunAsync(arguments.Split(' '), input));
            if (actual != expected) differences.Add($"etcdctl {arguments}\n--- etcd\n{expected}\n--- hive\n{actual}");
        }
        Assert.True(differences.Count == 0, string.Join("\n\n", differences));
    }
}

using System.Text.RegularExpressions;
using Hive.EndToEnd.World;
using Xunit;

namespace Hive.EndToEnd;

/// <summary>The same etcdctl commands, one after the other, against a queen and against etcd: each must end and print alike.</summary>
public sealed partial class EtcdctlComparisonTests
{
    /// <summary>Arguments, and what is written to standard input. Keys stand under a prefix of their own: a queen's store holds more than this.</summary>
    private static readonly (string Arguments, string? Input)[] Commands =
    [
        ("put c/foo bar", null), ("put c/foo bar2 --prev-kv", null), ("put c/foo1 x", null), ("get c/foo", null), ("get c/foo -w json", null),
        ("get c/foo -w fields", null), ("get c/ --prefix", null), ("get c/ --prefix --keys-only", null), ("get c/ --prefix --limit=1", null),
        ("get c/ --prefix --print-value-only", null), ("get c/ --prefix --sort-by=MODIFY --order=DESCEND", null),
        ("get c/ --prefix --sort-by=VALUE --order=ASCEND", null), ("get c/ --prefix --sort-by=VERSION --order=DESCEND", null),
        ("get c/ --prefix --consistency=s", null), ("get c/foo --rev=99999999", null), ("get c/nothing", null),
        ("put c/none --ignore-value", null), ("put c/foo y --ignore-lease", null), ("put c/a v --lease=77", null), ("del c/foo1 --prev-kv", null),
        ("del c/nothing", null), ("put c/a1 1", null), ("put c/a2 2", null), ("del c/a --prefix --prev-kv", null),
        ("txn", "value(\"c/foo\") = \"y\"\n\nput c/foo t1\nget c/foo\n\nput c/foo t2\n\n"),
        ("txn", "version(\"c/foo\") > \"100\"\n\nget c/foo\n\nput c/zz 1\nget c/zz\ndel c/zz2\n\n"),
        ("txn", "create(\"c/none\") = \"0\"\n\nput c/none 1\n\nget c/none\n\n"),
        ("txn", "\nput c/d 1\nput c/d 2\n\n\n"),
        ("lease grant 100", null), ("lease grant 1", null), ("lease timetolive 1234", null), ("lease grant 9000000001", null),
        ("lease revoke 1234", null), ("lease keep-alive --once 1234", null), ("compact 99999999", null), ("compact 0", null),
        ("alarm list", null), ("alarm disarm", null), ("defrag", null), ("move-leader 1234", null), ("user list", null), ("role list", null),
        ("role add c-role", null), ("role add c-role", null), ("role grant-permission c-role readwrite foo", null),
        ("role grant-permission c-role read bar --prefix", null), ("role grant-permission c-role write zed zee", null), ("role get c-role", null),
        ("role revoke-permission c-role zed zee", null), ("role revoke-permission c-role zed zee", null), ("user add c-user:p", null),
        ("user add c-user:p", null), ("user grant-role c-user c-role", null), ("user grant-role c-user nothing", null), ("user get c-user", null),
        ("user get c-user --detail", null), ("user revoke-role c-user c-role", null), ("user revoke-role c-user c-role", null),
        ("user delete c-user", null), ("user delete c-user", null), ("role delete c-role", null), ("role delete c-role", null), ("auth enable", null),
    ];

    [Fact]
    public async Task Etcdctl_prints_what_it_prints_with_etcd()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(queens: 1);
        await using EtcdProcess etcd = await EtcdProcess.StartAsync();
        Etcdctl hive = Etcdctl.Of(cluster, cluster.Queens[0]);
        var differences = new List<string>();
        foreach ((string arguments, string? input) in Commands)
        {
            string expected = Plain(await etcd.Client.RunAsync(arguments.Split(' '), input));
            string actual = Plain(await hive.RunAsync(arguments.Split(' '), input));
            if (actual != expected) differences.Add($"etcdctl {arguments}\n--- etcd\n{expected}\n--- hive\n{actual}");
        }
        Assert.True(differences.Count == 0, string.Join("\n\n", differences));
    }

    /// <summary>Without what must differ: ids, revisions, addresses, and the client's log lines.</summary>
    private static string Plain(ToolResult result)
    {
        string errors = string.Join('\n', result.Error.Split('\n').Where(line => !line.StartsWith('{')));
        string text = Identifiers().Replace($"{result.ExitCode}\n{result.Output}{errors}", "ID");
        return Addresses().Replace(Numbers().Replace(text, "$1N"), "ADDRESS");
    }

    [GeneratedRegex(@"\b[0-9a-f]{13,16}\b")]
    private static partial Regex Identifiers();

    [GeneratedRegex(@"((?:cluster_id|member_id|raft_term|revision|ClusterID|MemberID|RaftTerm|Revision)""\s?:\s?)\d+")]
    private static partial Regex Numbers();

    [GeneratedRegex(@"(?:https?://)?127\.0\.0\.1:\d+")]
    private static partial Regex Addresses();
}

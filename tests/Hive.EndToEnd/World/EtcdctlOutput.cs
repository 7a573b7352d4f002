using System.Text.RegularExpressions;

namespace Hive.EndToEnd.World;

/// <summary>What etcdctl printed, without what must differ between two servers: ids, revisions, addresses, sizes, times, and the client's log lines.</summary>
public static partial class EtcdctlOutput
{
    public static string Plain(ToolResult result)
    {
        string errors = string.Join('\n', result.Error.Split('\n').Where(line => !line.StartsWith('{')));
        return Plain($"{result.ExitCode}\n{result.Output}{errors}");
    }

    public static string Plain(string output)
    {
        string text = Identifiers().Replace(output, "ID");
        text = Addresses().Replace(text, "ADDRESS");
        text = Version().Replace(text, "${name}VERSION");
        text = StatusLine().Replace(text, "STATUS");
        text = Took().Replace(text, "${name}TIME");
        text = Numbers().Replace(text, "$1N");
        return Rules().Replace(Columns().Replace(text, " "), "-");
    }

    [GeneratedRegex(@"\b(?:[0-9a-f]{13,16}|[0-9]{15,20})\b")]
    private static partial Regex Identifiers();

    [GeneratedRegex(@"(?:https?://)?127\.0\.0\.1:\d+")]
    private static partial Regex Addresses();

    // endpoint status and hashkv, simple and as a table.
    [GeneratedRegex(@"(?<=^|\n)(?:\| )?ADDRESS(?: \|\s+|, )(?:ID(?: \|\s+|, )[^\n]*|\d+(?: \|)?)")]
    private static partial Regex StatusLine();

    [GeneratedRegex("(?<name>took = |\"[Tt]ook\"\\s?: ?|true \\|\\s+)\"?[0-9.]+[mµn]?s\"?")]
    private static partial Regex Took();

    [GeneratedRegex(
        @"((?:cluster_id|member_id|raft_term|revision|create_revision|mod_revision|compact_revision|ClusterID|MemberID|RaftTerm|Revision|CreateRevision|ModRevision|raftIndex|raftTerm|raftAppliedIndex|RaftIndex|RaftAppliedIndex|dbSize|dbSizeInUse|DBSize|Hash|hash|ETCD_LOCK_REV=|progress notify: )(?:""\s?:\s?)?)-?\d+")]
    private static partial Regex Numbers();


    [GeneratedRegex("(?<name>\"[Vv]ersion\"\\s?: ?)\"[0-9.]+\"")]
    private static partial Regex Version();

    [GeneratedRegex(@" {2,}")]
    private static partial Regex Columns();

    [GeneratedRegex(@"-{2,}")]
    private static partial Regex Rules();
}

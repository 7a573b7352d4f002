using System.Globalization;
using System.Text.Json.Nodes;
using Hive.Client.Connections;
using Hive.Client.Etcd;
using Hive.Composition;

namespace Hive.Commands.Members;

/// <summary>All members at one moment: what the cluster says of each, and what each says of itself.</summary>
internal sealed class MemberTable
{
    private const string NotStarted = "not started", NotAnswering = "not answering";

    private readonly IReadOnlyList<(EtcdMember Member, JsonObject? Status)> _rows;

    private MemberTable(IReadOnlyList<(EtcdMember, JsonObject?)> rows) => _rows = rows;

    /// <summary>Asks the cluster who its members are, and then each of them, at once.</summary>
    /// <param name="entered">Queens of the cluster file: a member that never ran has told the cluster no name yet, and goes by the one entered there. Asked for only then.</param>
    /// <exception cref="MemberRefusal">No quorum answers.</exception>
    public static async Task<MemberTable> ReadAsync(EtcdClient client, ClientProfile profile, Func<IReadOnlyList<QueenEntry>> entered, CancellationToken cancellation)
    {
        EtcdMembersAnswer answer = await client.MembersAsync(cancellation);
        if (answer.Error is { } error)
        {
            throw new MemberRefusal(
                $"the members are not known: {error}. `hive status` shows which queens answer; when most of them are gone for good, `hive recover --help` tells the way out");
        }
        IReadOnlyList<QueenEntry> queens = answer.Members.All(m => m.Name.Length > 0) ? [] : entered();
        EtcdMember[] members = [.. answer.Members.Select(m => m.Name.Length > 0 ? m : m with { Name = queens.FirstOrDefault(q => q.Id.Value == m.Id)?.Name ?? "" })];
        JsonObject?[] states = await Task.WhenAll(members.Select(async m =>
            m.ClientUrls.Count == 0 ? null : await StatusCommand.QueenAsync(profile, m.ClientUrls[0], cancellation)));
        return new MemberTable([.. members.Zip(states).OrderBy(m => m.First.Name, StringComparer.Ordinal).ThenBy(m => m.First.Id)]);
    }

    public IEnumerable<EtcdMember> Members => _rows.Select(r => r.Member);

    /// <summary>The member of this name or id.</summary>
    /// <exception cref="MemberRefusal">There is none.</exception>
    public EtcdMember Find(string nameOrId)
    {
        EtcdMember[] found = [.. Members.Where(m => m.Name == nameOrId || Id(m.Id) == nameOrId)];
        return found.Length == 1 ? found[0] : throw new MemberRefusal(
            $"{(found.Length == 0 ? "no member is" : "several members are")} called \"{nameOrId}\"; there are: {string.Join(", ", Members.Select(Title))}");
    }

    /// <summary>As people read it: the name with the id, or the id alone of one that never ran.</summary>
    public static string Title(EtcdMember member) => member.Name.Length > 0 ? $"{member.Name} ({Id(member.Id)})" : Id(member.Id);

    public static string Id(ulong id) => id.ToString("x", CultureInfo.InvariantCulture);

    /// <summary>Leader, follower, learner, not started, not answering.</summary>
    public string StateOf(ulong id)
    {
        (EtcdMember member, JsonObject? status) = Row(id);
        if (status is null) return NotStarted;
        string state = (string?)status["state"] ?? NotAnswering;
        return member.IsLearner && state == "follower" ? "learner" : state;
    }

    public bool Answers(ulong id) => StateOf(id) is not (NotStarted or NotAnswering);

    /// <summary>Index of the last entry that the member has applied; null when it does not say.</summary>
    public long? AppliedBy(ulong id) => long.TryParse((string?)Row(id).Status?["applied"], NumberStyles.None, CultureInfo.InvariantCulture, out long applied) ? applied : null;

    /// <summary>The furthest that any member has come.</summary>
    public long Furthest => _rows.Max(r => AppliedBy(r.Member.Id) ?? 0);

    public JsonArray ToJson() => new([.. _rows.Select(r => (JsonNode)ToJson(r.Member))]);

    public void Print(TextWriter output) => Output.Columns(
        output, ["ID", "NAME", "STATE", "PEER", "ETCD", "APPLIED", "BEHIND"],
        [.. ToJson().Select(r => (IReadOnlyList<string>)[$"{r?["id"]}", $"{r?["name"]}", $"{r?["state"]}", Addresses(r?["peer"]), Addresses(r?["etcd"]), $"{r?["applied"]}", $"{r?["behind"]}"])]);

    private JsonObject ToJson(EtcdMember member)
    {
        long? applied = AppliedBy(member.Id);
        return new JsonObject
        {
            ["id"] = Id(member.Id),
            ["name"] = member.Name,
            ["state"] = StateOf(member.Id),
            ["votes"] = !member.IsLearner,
            ["peer"] = new JsonArray([.. member.PeerUrls.Select(u => (JsonNode)u)]),
            ["etcd"] = new JsonArray([.. member.ClientUrls.Select(u => (JsonNode)u)]),
            ["applied"] = applied,
            ["behind"] = applied is { } a ? Math.Max(0, Furthest - a) : null,
        };
    }

    private static string Addresses(JsonNode? urls) => string.Join(',', (urls as JsonArray ?? []).Select(u => $"{u}"));

    private (EtcdMember Member, JsonObject? Status) Row(ulong id)
    {
        foreach (var row in _rows)
        {
            if (row.Member.Id == id) return row;
        }
        throw new MemberRefusal($"member {Id(id)} is not there any more");
    }
}

using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Hive.EndToEnd.World;

/// <summary>
/// Requests of the KV and lease services with all their options in any combination, over few keys so that they meet: what a list that somebody wrote down leaves out. The same
/// seed makes the same requests.
/// </summary>
internal sealed class RandomRequests(int seed)
{
    // Few enough that etcd sorts equal ones in a stable order (Go sorts up to twelve by insertion).
    private static readonly string[] Keys = ["a", "b", "c/1", "c/2", "c/3", "d"];
    private static readonly string[] Ends = ["", "", "b", "c/", "c0", "c/2", "d", "e", "\0"];

    // Without the end of all keys: etcd overlooks that such a deletion covers a key which the same transaction puts, and changes it twice in one revision.
    private static readonly string[] EndsInTransactions = Ends[..^1];
    private static readonly string[] Targets = ["VERSION", "CREATE", "MOD", "VALUE", "LEASE"];
    private const int Depth = 2, Leases = 3;

    private readonly Random _random = new(seed);

    /// <summary>The newest revision that was told, so that revisions near it are asked for.</summary>
    public long Revision { get; set; } = 1;

    /// <summary>Path below <c>/v3/</c>, and body.</summary>
    public (string Path, string Body) Next() => _random.Next(24) switch
    {
        < 6 => ("kv/put", Put().ToJsonString()),
        < 8 => ("kv/deleterange", Delete(Ends).ToJsonString()),
        < 14 => ("kv/range", Range().ToJsonString()),
        < 21 => ("kv/txn", Txn(Depth).ToJsonString()),
        21 => ("kv/compaction", new JsonObject { ["revision"] = Text(Revision - _random.Next(-1, 30)), ["physical"] = Chance(2) }.ToJsonString()),
        22 => ("lease/grant", new JsonObject { ["ID"] = Text(1 + _random.Next(Leases)), ["TTL"] = "1000" }.ToJsonString()),
        _ => ("lease/revoke", new JsonObject { ["ID"] = Text(1 + _random.Next(Leases)) }.ToJsonString()),
    };

    private JsonObject Put()
    {
        var put = new JsonObject { ["key"] = Base64(Key()) };
        if (Chance(12)) put["ignore_value"] = true;
        else if (!Chance(8)) put["value"] = Base64($"{_random.Next(5)}");
        if (Chance(12)) put["ignore_lease"] = true;
        else if (Chance(4)) put["lease"] = Text(1 + _random.Next(Leases));
        if (Chance(3)) put["prev_kv"] = true;
        return put;
    }

    private JsonObject Delete(string[] ends)
    {
        JsonObject delete = KeysOf(ends, endOneIn: 3);
        if (Chance(2)) delete["prev_kv"] = true;
        return delete;
    }

    private JsonObject Range()
    {
        JsonObject range = KeysOf(Ends, endOneIn: 2);
        if (Chance(3)) range["limit"] = Text(_random.Next(-1, 5));
        if (Chance(4)) range["revision"] = Text(Revision - _random.Next(-1, 20));
        if (Chance(2)) range["sort_order"] = Pick(["NONE", "ASCEND", "DESCEND"]);
        if (Chance(2)) range["sort_target"] = Pick(["KEY", "VERSION", "CREATE", "MOD", "VALUE"]);
        if (Chance(8)) range["keys_only"] = true;
        if (Chance(8)) range["count_only"] = true;
        if (Chance(8)) range["serializable"] = true;
        foreach (string bound in new[] { "min_mod_revision", "max_mod_revision", "min_create_revision", "max_create_revision" })
        {
            if (Chance(6)) range[bound] = Text(Math.Max(Revision - _random.Next(20), 0));
        }
        return range;
    }

    private JsonObject Txn(int depth)
    {
        var txn = new JsonObject();
        if (!Chance(4)) txn["compare"] = Several(2, Compare);
        if (!Chance(8)) txn["success"] = Several(3, () => Step(depth));
        if (!Chance(4)) txn["failure"] = Several(3, () => Step(depth));
        return txn;
    }

    private JsonObject Step(int depth) => _random.Next(depth > 0 ? 8 : 7) switch
    {
        < 3 => new JsonObject { ["request_put"] = Put() },
        < 4 => new JsonObject { ["request_delete_range"] = Delete(EndsInTransactions) },
        < 7 => new JsonObject { ["request_range"] = Range() },
        _ => new JsonObject { ["request_txn"] = Txn(depth - 1) },
    };

    private JsonObject Compare()
    {
        string target = Pick(Targets);
        JsonObject compare = KeysOf(Ends, endOneIn: 3);
        compare["target"] = target;
        compare["result"] = Pick(["EQUAL", "GREATER", "LESS", "NOT_EQUAL"]);
        (string field, string value) = target switch
        {
            "VERSION" => ("version", Text(_random.Next(4))),
            "CREATE" => ("create_revision", Text(Chance(2) ? 0 : Revision - _random.Next(10))),
            "MOD" => ("mod_revision", Text(Chance(2) ? 0 : Revision - _random.Next(10))),
            "VALUE" => ("value", Base64($"{_random.Next(5)}")),
            _ => ("lease", Text(_random.Next(Leases + 1))),
        };
        compare[field] = value;
        return compare;
    }

    private JsonObject KeysOf(string[] ends, int endOneIn)
    {
        var range = new JsonObject { ["key"] = Base64(Chance(10) ? "\0" : Key()) };
        if (Chance(endOneIn)) range["range_end"] = Base64(Pick(ends));
        return range;
    }

    private JsonArray Several(int most, Func<JsonNode> make) => [.. Enumerable.Range(0, _random.Next(most + 1)).Select(_ => make())];

    private string Key() => Pick(Keys);

    private T Pick<T>(T[] from) => from[_random.Next(from.Length)];

    private bool Chance(int oneIn) => _random.Next(oneIn) == 0;

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}

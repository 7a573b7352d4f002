using System.Text.Json.Nodes;

namespace Hive.Objects;

/// <summary>
/// A set of fields of an object, as a tree of path elements: <c>f:name</c> for a field or key, <c>k:{"name":"web"}</c> for an element of a keyed list, <c>v:"x"</c> for a value of a set. A node
/// may itself be in the set, may have members below it, or both.
/// </summary>
internal sealed class FieldSet
{
    private static readonly SortedDictionary<string, FieldSet> None = new(StringComparer.Ordinal);

    // Most nodes are leaves, which share one empty map.
    private SortedDictionary<string, FieldSet> _children = None;

    /// <summary>Whether the field at this node is in the set.</summary>
    internal bool Member { get; private init; }

    /// <summary>What the field holds, when the set was made from a document; for comparisons of leaves.</summary>
    internal JsonNode? Value { get; private init; }

    internal IReadOnlyDictionary<string, FieldSet> Children => _children;

    internal bool IsEmpty => !Member && _children.Count == 0;

    internal static FieldSet Empty { get; } = new();

    internal static FieldSet Leaf(JsonNode? value) => new() { Member = true, Value = value };

    internal static FieldSet Node(bool member, IEnumerable<KeyValuePair<string, FieldSet>> children)
    {
        var node = new FieldSet { Member = member };
        foreach (var (element, child) in children)
        {
            if (child.IsEmpty) continue;
            if (ReferenceEquals(node._children, None)) node._children = new SortedDictionary<string, FieldSet>(StringComparer.Ordinal);
            node._children[element] = child;
        }
        return node;
    }

    internal FieldSet? Find(string element) => _children.GetValueOrDefault(element);

    internal FieldSet Union(FieldSet other) => Combine(other, static (a, b) => a || b);

    internal FieldSet Except(FieldSet other) => Combine(other, static (a, b) => a && !b);

    internal FieldSet Intersect(FieldSet other) => Combine(other, static (a, b) => a && b);

    /// <summary>The members that are not in <paramref name="before"/>, or hold another value there. Both sets must come from documents.</summary>
    internal FieldSet ChangedSince(FieldSet before)
    {
        var changed = Member && (!before.Member || (_children.Count == 0 && before._children.Count == 0 && !JsonNode.DeepEquals(Value, before.Value)));
        return Node(changed, _children.Select(pair => KeyValuePair.Create(pair.Key, pair.Value.ChangedSince(before.Find(pair.Key) ?? Empty))));
    }

    /// <summary>Every member as a path for people: <c>.spec.containers[name="web"].image</c>.</summary>
    internal IEnumerable<string> Paths(string prefix = "")
    {
        if (Member) yield return prefix;
        foreach (var (element, child) in _children)
        {
            foreach (var path in child.Paths(prefix + Shown(element))) yield return path;
        }
    }

    internal bool SameMembers(FieldSet other) => Except(other).IsEmpty && other.Except(this).IsEmpty;

    /// <summary>The set as it stands in <c>managedFields[].fieldsV1</c>.</summary>
    internal JsonObject ToJson()
    {
        var result = new JsonObject();
        if (Member && _children.Count > 0) result["."] = new JsonObject();
        foreach (var (element, child) in _children) result[element] = child.ToJson();
        return result;
    }

    internal static FieldSet FromJson(JsonNode? node)
    {
        if (node is not JsonObject map) return Empty;
        return Root(map, isRoot: true);
    }

    private static FieldSet Root(JsonObject map, bool isRoot)
    {
        var children = map.Where(pair => pair.Key != "." && pair.Value is JsonObject).Select(pair => KeyValuePair.Create(pair.Key, Root((JsonObject)pair.Value!, isRoot: false)));
        return Node(map.ContainsKey(".") || (!isRoot && map.Count == 0), children);
    }

    private FieldSet Combine(FieldSet other, Func<bool, bool, bool> keep)
    {
        var elements = _children.Keys.Union(other._children.Keys, StringComparer.Ordinal);
        return Node(keep(Member, other.Member), elements.Select(element => KeyValuePair.Create(element, (Find(element) ?? Empty).Combine(other.Find(element) ?? Empty, keep))));
    }

    private static string Shown(string element)
    {
        if (element.StartsWith("f:", StringComparison.Ordinal)) return "." + element[2..];
        if (element.StartsWith("v:", StringComparison.Ordinal)) return $"[={element[2..]}]";
        var keys = JsonNode.Parse(element[2..]) as JsonObject ?? [];
        return $"[{string.Join(",", keys.Select(pair => $"{pair.Key}={pair.Value?.ToJsonString()}"))}]";
    }
}

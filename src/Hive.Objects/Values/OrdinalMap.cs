using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Hive.Objects;

/// <summary>An immutable map from string to <typeparamref name="T"/>, kept and enumerated in ordinal order of its keys, with value equality.</summary>
[CollectionBuilder(typeof(OrdinalMap), nameof(OrdinalMap.Create))]
public class OrdinalMap<T> : IReadOnlyDictionary<string, T>, IEquatable<OrdinalMap<T>>
{
    private readonly string[] _keys;
    private readonly T[] _values;

    internal OrdinalMap(string[] sortedKeys, T[] values)
    {
        _keys = sortedKeys;
        _values = values;
    }

    public static OrdinalMap<T> Empty { get; } = new([], []);

    public int Count => _keys.Length;

    public bool IsEmpty => _keys.Length == 0;

    public T this[string key] => TryGetValue(key, out var value) ? value : throw new KeyNotFoundException($"no key \"{key}\"");

    public IEnumerable<string> Keys => _keys;

    public IEnumerable<T> Values => _values;

    public bool ContainsKey(string key) => Find(key) >= 0;

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out T value)
    {
        var at = Find(key);
        value = at >= 0 ? _values[at] : default;
        return at >= 0;
    }

    /// <summary>The map with <paramref name="key"/> set.</summary>
    public OrdinalMap<T> With(string key, T value) => OrdinalMap.FromPairs(Put(key, value));

    /// <summary>The map without <paramref name="key"/>; itself when the key is not there.</summary>
    public OrdinalMap<T> Without(string key) => ContainsKey(key) ? OrdinalMap.FromPairs(this.Where(pair => pair.Key != key)) : this;

    public IEnumerator<KeyValuePair<string, T>> GetEnumerator()
    {
        for (var i = 0; i < _keys.Length; i++) yield return new KeyValuePair<string, T>(_keys[i], _values[i]);
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The pair at a position in ordinal order, for loops that must not allocate.</summary>
    public KeyValuePair<string, T> At(int index) => new(_keys[index], _values[index]);

    public bool Equals(OrdinalMap<T>? other)
    {
        if (ReferenceEquals(this, other)) return true;
        return other is not null && _keys.AsSpan().SequenceEqual(other._keys) && _values.SequenceEqual(other._values);
    }

    public override bool Equals(object? obj) => Equals(obj as OrdinalMap<T>);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var (key, value) in this)
        {
            hash.Add(key, StringComparer.Ordinal);
            hash.Add(value);
        }
        return hash.ToHashCode();
    }

    public override string ToString() => string.Join(",", this.Select(pair => $"{pair.Key}={pair.Value}"));

    private protected IEnumerable<KeyValuePair<string, T>> Put(string key, T value) =>
        this.Where(pair => pair.Key != key).Append(new KeyValuePair<string, T>(key, value));

    private int Find(string key) => Array.BinarySearch(_keys, key, StringComparer.Ordinal);
}

/// <summary>Makes <see cref="OrdinalMap{T}"/>.</summary>
public static class OrdinalMap
{
    /// <summary>Builds a map; of several pairs with one key the last one counts.</summary>
    public static OrdinalMap<T> Create<T>(ReadOnlySpan<KeyValuePair<string, T>> pairs)
    {
        if (pairs.IsEmpty) return OrdinalMap<T>.Empty;
        var (keys, values) = Sort(pairs);
        return new OrdinalMap<T>(keys, values);
    }

    public static OrdinalMap<T> FromPairs<T>(IEnumerable<KeyValuePair<string, T>> pairs) => Create<T>(pairs.ToArray());

    internal static (string[] Keys, T[] Values) Sort<T>(ReadOnlySpan<KeyValuePair<string, T>> pairs)
    {
        var keys = new string[pairs.Length];
        var values = new T[pairs.Length];
        var order = new int[pairs.Length];
        for (var i = 0; i < pairs.Length; i++)
        {
            keys[i] = pairs[i].Key;
            order[i] = i;
        }
        // Stable by position, so that a later pair stands behind an earlier one with the same key.
        Array.Sort(keys, order, StringComparer.Ordinal);
        var kept = 0;
        for (var i = 0; i < keys.Length; i++)
        {
            var last = order[i];
            while (i + 1 < keys.Length && keys[i + 1] == keys[i]) last = Math.Max(last, order[++i]);
            keys[kept] = keys[i];
            values[kept++] = pairs[last].Value;
        }
        return (keys[..kept], values[..kept]);
    }
}

/// <summary>Labels, annotations, data: an immutable map of strings in ordinal order with value equality.</summary>
[CollectionBuilder(typeof(StringMap), nameof(Create))]
public sealed class StringMap : OrdinalMap<string>, IEquatable<StringMap>
{
    private StringMap(string[] sortedKeys, string[] values) : base(sortedKeys, values)
    {
    }

    public static new StringMap Empty { get; } = new([], []);

    public static StringMap Create(ReadOnlySpan<KeyValuePair<string, string>> pairs)
    {
        if (pairs.IsEmpty) return Empty;
        var (keys, values) = OrdinalMap.Sort(pairs);
        return new StringMap(keys, values);
    }

    public static StringMap FromPairs(IEnumerable<KeyValuePair<string, string>> pairs) => Create(pairs.ToArray());

    /// <summary>A map written out: <c>StringMap.Of(("app", "web"), ("tier", "front"))</c>.</summary>
    public static StringMap Of(params ReadOnlySpan<(string Key, string Value)> pairs)
    {
        var list = new KeyValuePair<string, string>[pairs.Length];
        for (var i = 0; i < pairs.Length; i++) list[i] = new KeyValuePair<string, string>(pairs[i].Key, pairs[i].Value);
        return Create(list);
    }

    /// <summary>The value, or null when the key is not there.</summary>
    public string? Get(string key) => TryGetValue(key, out var value) ? value : null;

    public new StringMap With(string key, string value) => FromPairs(Put(key, value));

    public new StringMap Without(string key) => ContainsKey(key) ? FromPairs(this.Where(pair => pair.Key != key)) : this;

    public bool Equals(StringMap? other) => base.Equals(other);

    public override bool Equals(object? obj) => Equals(obj as StringMap);

    public override int GetHashCode() => base.GetHashCode();
}

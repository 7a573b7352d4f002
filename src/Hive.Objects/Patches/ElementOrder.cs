using System.Text.Json.Nodes;

namespace Hive.Objects;

/// <summary>
/// Where elements stand after a strategic merge: those that the client knows in the client's order, those that only the server has in the server's order, and between the two
/// kinds as they stood on the server before.
/// </summary>
internal static class ElementOrder
{
    internal static JsonArray Arrange(JsonArray merged, JsonArray wanted, JsonArray before, string? key)
    {
        var known = new List<(int Order, JsonNode? Item)>();
        var serverOnly = new List<JsonNode?>();
        foreach (var item in merged)
        {
            var order = IndexOf(wanted, item, key);
            if (order >= 0) known.Add((order, item));
            else serverOnly.Add(item);
        }
        var clients = known.OrderBy(entry => entry.Order).Select(entry => entry.Item).ToList();
        var result = new List<JsonNode?>(merged.Count);
        var (left, right) = (0, 0);
        while (left < serverOnly.Count || right < clients.Count)
        {
            var takeServer = right >= clients.Count || (left < serverOnly.Count && Precedes(before, serverOnly[left], clients[right], key));
            result.Add(takeServer ? serverOnly[left++] : clients[right++]);
        }
        return new JsonArray([.. result.Select(item => item?.DeepClone())]);
    }

    private static bool Precedes(JsonArray before, JsonNode? server, JsonNode? client, string? key)
    {
        var (first, second) = (IndexOf(before, server, key), IndexOf(before, client, key));
        return first >= 0 && second >= 0 && first < second;
    }

    private static int IndexOf(JsonArray list, JsonNode? item, string? key)
    {
        for (var i = 0; i < list.Count; i++)
        {
            if (JsonNode.DeepEquals(Identity(list[i], key), Identity(item, key))) return i;
        }
        return -1;
    }

    private static JsonNode? Identity(JsonNode? item, string? key) => key is not null && item is JsonObject element ? element[key] : item;
}

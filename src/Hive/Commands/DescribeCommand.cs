using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hive.Client.Kubernetes;
using Hive.Objects.Yaml;

namespace Hive.Commands;

/// <summary><c>hive describe TYPE NAME</c>: what an object is and was told to be, and what happened to it.</summary>
internal static class DescribeCommand
{
    private static readonly Argument<string[]> What = new("what") { Description = "TYPE NAME..., or TYPE/NAME...", Arity = ArgumentArity.OneOrMore };

    public static Command Create()
    {
        var command = new Command("describe", "Tell all about objects, with their events") { What, CommandContext.Namespace };
        command.SetAction((parsed, cancellation) => CommandContext.RunAsync(parsed, async context =>
        {
            int code = 0;
            string @namespace = context.NamespaceOf(parsed);
            foreach ((ApiResource resource, string? name) in await GetCommand.TargetsAsync(context, parsed.GetValue(What) ?? [], cancellation))
            {
                string path = name is null ? resource.CollectionPath(@namespace) : resource.ObjectPath(@namespace, name);
                ApiAnswer answer = await context.Client.GetAsync(path, cancellation);
                if (!answer.Ok || answer.Body is null)
                {
                    code = CommandContext.Complain(answer, "");
                    continue;
                }
                IEnumerable<JsonObject> objects = answer.Body["items"] is JsonArray items ? items.OfType<JsonObject>() : [answer.Body];
                foreach (JsonObject one in objects) await DescribeAsync(context.Client, one, cancellation);
            }
            return code;
        }));
        return command;
    }

    private static async Task DescribeAsync(KubernetesClient client, JsonObject value, CancellationToken cancellation)
    {
        JsonObject metadata = value["metadata"] as JsonObject ?? [];
        Line("Name", (string?)metadata["name"]);
        if ((string?)metadata["namespace"] is { } at) Line("Namespace", at);
        Map("Labels", metadata["labels"] as JsonObject);
        Map("Annotations", metadata["annotations"] as JsonObject);
        Line("Created", (string?)metadata["creationTimestamp"]);
        if ((string?)metadata["deletionTimestamp"] is { } going) Line("Deleting since", going);
        foreach (JsonNode? owner in metadata["ownerReferences"] as JsonArray ?? []) Line("Controlled By", $"{owner?["kind"]}/{owner?["name"]}");
        foreach ((string key, JsonNode? part) in value)
        {
            if (key is "apiVersion" or "kind" or "metadata" || part is null) continue;
            string title = char.ToUpperInvariant(key[0]) + key[1..];
            if (part is JsonValue) Line(title, part.ToString());
            else
            {
                Console.WriteLine($"{title}:");
                foreach (string line in YamlWriter.Write(Masked(value, key, part)).TrimEnd('\n').Split('\n')) Console.WriteLine("  " + line);
            }
        }
        await EventsAsync(client, metadata, cancellation);
        Console.WriteLine();
    }

    /// <summary>A Secret's values are shown by their size alone.</summary>
    private static JsonNode Masked(JsonObject value, string key, JsonNode part)
    {
        if ((string?)value["kind"] != "Secret" || key != "data" || part is not JsonObject data) return part;
        var sizes = new JsonObject();
        foreach ((string name, JsonNode? text) in data)
        {
            int bytes = Convert.TryFromBase64String((string?)text ?? "", new byte[((string?)text ?? "").Length], out int written) ? written : 0;
            sizes[name] = $"{bytes} bytes";
        }
        return sizes;
    }

    private static async Task EventsAsync(KubernetesClient client, JsonObject metadata, CancellationToken cancellation)
    {
        string selector = Uri.EscapeDataString($"involvedObject.name={metadata["name"]},involvedObject.uid={metadata["uid"]}");
        string scope = (string?)metadata["namespace"] is { } at ? $"/namespaces/{at}" : "";
        ApiAnswer events = await client.GetAsync($"/api/v1{scope}/events?fieldSelector={selector}", cancellation);
        var items = events.Body?["items"] as JsonArray ?? [];
        if (items.Count == 0)
        {
            Line("Events", "<none>");
            return;
        }
        Console.WriteLine("Events:");
        List<IReadOnlyList<string>> rows = [.. items
            .OrderBy(e => (string?)e?["lastTimestamp"] ?? "", StringComparer.Ordinal)
            .Select(e => (IReadOnlyList<string>)
            [
                "  " + e?["type"], $"{e?["reason"]}", $"{e?["lastTimestamp"] ?? e?["eventTime"]}", $"x{e?["count"] ?? 1}", $"{e?["source"]?["component"]}", $"{e?["message"]}",
            ])];
        Output.Columns(Console.Out, ["  Type", "Reason", "Last Seen", "Count", "From", "Message"], rows);
    }

    private static void Line(string title, string? text) => Console.WriteLine($"{title + ":",-20}{text ?? "<none>"}");

    private static void Map(string title, JsonObject? map)
    {
        if (map is null || map.Count == 0)
        {
            Line(title, "<none>");
            return;
        }
        bool first = true;
        foreach ((string key, JsonNode? value) in map)
        {
            if (key == ApplyCommand.LastApplied) continue;
            string text = value?.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : $"{value}";
            Console.WriteLine($"{(first ? title + ":" : ""),-20}{key}={text}");
            first = false;
        }
        if (first) Line(title, "<none>");
    }
}

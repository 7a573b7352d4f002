using System.CommandLine;
using System.Text.Json.Nodes;
using Hive.Client.Kubernetes;
using Hive.Composition;

namespace Hive.Commands;

/// <summary>
/// <c>hive apply -f FILE|FOLDER|-</c>: makes the cluster's objects what the manifests say. What a manifest said last time is remembered in
/// an annotation (the one kubectl uses), so that a field taken out of the file is taken out of the object.
/// </summary>
internal static class ApplyCommand
{
    public const string LastApplied = "kubectl.kubernetes.io/last-applied-configuration";

    /// <summary>How often a conflicting writer makes an apply look again before it gives up.</summary>
    private const int Tries = 5;

    private static readonly Option<string[]> Files = new("--filename", "-f") { Description = "Manifest, folder of manifests, or - for standard input", Required = true, AllowMultipleArgumentsPerToken = true };

    public static Command Create()
    {
        var command = new Command("apply", "Make objects what the manifests say") { Files, CommandContext.Namespace };
        command.SetAction((parsed, cancellation) => CommandContext.RunAsync(parsed, context => ExecuteAsync(context, parsed, cancellation)));
        return command;
    }

    /// <summary>Applies the documents of one text; the demo uses it too. Answers 0 when all went well.</summary>
    public static async Task<int> ApplyAsync(CommandContext context, IReadOnlyList<JsonObject> documents, string @namespace, CancellationToken cancellation)
    {
        ResourceCatalog catalog = await context.CatalogAsync(cancellation);
        int code = 0;
        foreach (JsonObject document in documents.SelectMany(Flatten))
        {
            string apiVersion = (string?)document["apiVersion"] ?? "", kind = (string?)document["kind"] ?? "";
            string name = (string?)document["metadata"]?["name"] ?? "";
            if (catalog.FindKind(apiVersion, kind) is not { } resource)
            {
                await Console.Error.WriteLineAsync($"hive: the server has no kind \"{kind}\" in version \"{apiVersion}\" (object \"{name}\"); nothing was done for it");
                code = CommandContext.Failed;
                continue;
            }
            code = Math.Max(code, await ApplyOneAsync(context.Client, resource, document, (string?)document["metadata"]?["namespace"] ?? @namespace, name, cancellation));
        }
        return code;
    }

    /// <summary>All documents of files, folders (in name order) or standard input.</summary>
    public static IReadOnlyList<JsonObject> Read(IEnumerable<string> sources)
    {
        var documents = new List<JsonObject>();
        foreach (string source in sources)
        {
            if (source == "-") documents.AddRange(Manifests.Read(Console.In.ReadToEnd(), "standard input"));
            else if (Directory.Exists(source))
            {
                string[] files = [.. Directory.GetFiles(source).Where(f => Path.GetExtension(f) is ".yaml" or ".yml" or ".json").Order(StringComparer.Ordinal)];
                foreach (string file in files) documents.AddRange(Manifests.Read(File.ReadAllText(file), file));
            }
            else if (File.Exists(source)) documents.AddRange(Manifests.Read(File.ReadAllText(source), source));
            else throw new UsageException($"there is no file or folder \"{source}\"");
        }
        if (documents.Count == 0) throw new UsageException("no objects were found in what was given");
        return documents;
    }

    private static async Task<int> ExecuteAsync(CommandContext context, ParseResult parsed, CancellationToken cancellation) =>
        await ApplyAsync(context, Read(parsed.GetValue(Files) ?? []), context.NamespaceOf(parsed), cancellation);

    private static IEnumerable<JsonObject> Flatten(JsonObject document) =>
        (string?)document["kind"] == "List" && document["items"] is JsonArray items ? items.OfType<JsonObject>() : [document];

    private static async Task<int> ApplyOneAsync(KubernetesClient client, ApiResource resource, JsonObject wanted, string @namespace, string name, CancellationToken cancellation)
    {
        string label = $"{resource.QualifiedSingular}/{name}";
        string path = resource.ObjectPath(@namespace, name);
        JsonObject marked = Mark(wanted);
        for (int attempt = 1; ; attempt++)
        {
            ApiAnswer live = name.Length == 0 ? new ApiAnswer(404, null, Client.Connections.Fate.Answered, "") : await client.GetAsync(path, cancellation);
            ApiAnswer answer;
            if (live.Code == 404)
            {
                answer = await client.CreateAsync(resource.CollectionPath(@namespace) + "?fieldManager=hive-apply&fieldValidation=Strict", marked, cancellation);
                if (answer.Ok) Console.WriteLine($"{label} created");
            }
            else if (!live.Ok || live.Body is null)
            {
                return CommandContext.Complain(live, label);
            }
            else
            {
                var previous = TryParse((string?)live.Body["metadata"]?["annotations"]?[LastApplied]);
                JsonObject merged = ThreeWayMerge.Merge(live.Body, previous, marked);
                if (JsonNode.DeepEquals(merged, live.Body))
                {
                    Console.WriteLine($"{label} unchanged");
                    return 0;
                }
                answer = await client.ReplaceAsync(path + "?fieldManager=hive-apply&fieldValidation=Strict", merged, cancellation);
                if (answer.Ok) Console.WriteLine(answer.ResourceVersion == live.ResourceVersion ? $"{label} unchanged" : $"{label} configured");
            }
            if (answer.Ok) return 0;
            bool again = answer.Code == 409 && attempt < Tries && name.Length > 0;
            if (!again) return CommandContext.Complain(answer, label);
        }
    }

    private static JsonObject Mark(JsonObject wanted)
    {
        var marked = (JsonObject)wanted.DeepClone();
        if (marked["metadata"] is not JsonObject metadata) marked["metadata"] = metadata = [];
        if (metadata["annotations"] is not JsonObject annotations) metadata["annotations"] = annotations = [];
        annotations[LastApplied] = wanted.ToJsonString() + "\n";
        return marked;
    }

    private static JsonObject? TryParse(string? text)
    {
        try
        {
            return text is null ? null : JsonNode.Parse(text) as JsonObject;
        }
        catch (System.Text.Json.JsonException)
        {
            return null;
        }
    }
}

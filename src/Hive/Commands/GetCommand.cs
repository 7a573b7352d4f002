using System.CommandLine;
using System.Text.Json.Nodes;
using Hive.Client.Kubernetes;
using Hive.Composition;
using Hive.Objects.Yaml;

namespace Hive.Commands;

/// <summary><c>hive get TYPE [NAME...]</c>: a table as the server makes it, or objects as JSON, YAML or names; once or as they change.</summary>
internal static class GetCommand
{
    private static readonly Argument<string[]> What = new("what") { Description = "TYPE, TYPE NAME..., TYPE/NAME, TYPE,TYPE or all (drones are nodes)", Arity = ArgumentArity.OneOrMore };
    private static readonly Option<string> Form = new("--output", "-o") { Description = "wide, json, yaml or name", DefaultValueFactory = _ => "table" };
    private static readonly Option<bool> Follow = new("--watch", "-w") { Description = "Go on and print each change" };
    private static readonly Option<string?> Labels = new("--selector", "-l") { Description = "Label selector" };
    private static readonly Option<string?> Fields = new("--field-selector") { Description = "Field selector" };
    private static readonly Option<bool> NoHeaders = new("--no-headers") { Description = "Leave the header out" };

    public static Command Create()
    {
        var command = new Command("get", "Show objects") { What, CommandContext.Namespace, CommandContext.AllNamespaces, Form, Follow, Labels, Fields, NoHeaders };
        command.SetAction((parsed, cancellation) => CommandContext.RunAsync(parsed, context => ExecuteAsync(context, parsed, cancellation)));
        return command;
    }

    private static async Task<int> ExecuteAsync(CommandContext context, ParseResult parsed, CancellationToken cancellation)
    {
        OutputForm form = ParseForm(parsed.GetValue(Form) ?? "table");
        IReadOnlyList<(ApiResource Resource, string? Name)> targets = await TargetsAsync(context, parsed.GetValue(What) ?? [], cancellation);
        if (parsed.GetValue(Follow))
        {
            if (targets.Count != 1) throw new UsageException("--watch takes one type, or one object");
            return await WatchTable.FollowAsync(context, targets[0].Resource, Path(context, parsed, targets[0].Resource, targets[0].Name, listOnly: true), form, cancellation);
        }
        var collected = new JsonArray();
        bool single = targets.Count == 1 && targets[0].Name is not null;
        int code = 0;
        bool printed = false;
        foreach ((ApiResource resource, string? name) in targets)
        {
            string path = Path(context, parsed, resource, name, listOnly: false);
            ApiAnswer answer = await context.Client.GetAsync(path, cancellation, form is OutputForm.Table or OutputForm.Wide ? KubernetesClient.Table : KubernetesClient.Json);
            if (!answer.Ok || answer.Body is null)
            {
                code = CommandContext.Complain(answer, "");
                continue;
            }
            if (form is OutputForm.Table or OutputForm.Wide)
            {
                if (printed && ServerTable.HasRows(answer.Body)) Console.WriteLine();
                printed |= ServerTable.Print(Console.Out, answer.Body, form == OutputForm.Wide, parsed.GetValue(CommandContext.AllNamespaces), !parsed.GetValue(NoHeaders), targets.Count > 1 ? resource.QualifiedSingular : null);
                continue;
            }
            Collect(answer.Body, resource, collected);
        }
        if (form is OutputForm.Table or OutputForm.Wide)
        {
            if (!printed && code == 0)
            {
                string where = parsed.GetValue(CommandContext.AllNamespaces) || targets.All(t => !t.Resource.Namespaced) ? "" : $" in {context.NamespaceOf(parsed)} namespace";
                await Console.Error.WriteLineAsync($"No resources found{where}.");
            }
            return code;
        }
        Print(collected, form, single);
        return code;
    }

    private static void Print(JsonArray items, OutputForm form, bool single)
    {
        if (form == OutputForm.Name)
        {
            foreach (JsonNode? item in items) Console.WriteLine(Named(item));
            return;
        }
        if (single && items.Count == 0) return;
        JsonNode root = single ? items[0]!.DeepClone() : new JsonObject { ["apiVersion"] = "v1", ["kind"] = "List", ["items"] = items.DeepClone() };
        if (form == OutputForm.Json) Console.WriteLine(Output.Json(root));
        else Console.Write(YamlWriter.Write(root));
    }

    internal static OutputForm ParseForm(string word) => word switch
    {
        "table" or "" => OutputForm.Table,
        "wide" => OutputForm.Wide,
        "json" => OutputForm.Json,
        "yaml" => OutputForm.Yaml,
        "name" => OutputForm.Name,
        _ => throw new UsageException($"unknown output form \"{word}\"; it can be wide, json, yaml or name"),
    };

    /// <summary><c>deployment.apps/web</c>.</summary>
    internal static string Named(JsonNode? item)
    {
        string version = (string?)item?["apiVersion"] ?? "";
        int slash = version.IndexOf('/', StringComparison.Ordinal);
        string group = slash < 0 ? "" : "." + version[..slash];
        return $"{((string?)item?["kind"] ?? "").ToLowerInvariant()}{group}/{(string?)item?["metadata"]?["name"]}";
    }

    internal static async Task<IReadOnlyList<(ApiResource Resource, string? Name)>> TargetsAsync(CommandContext context, string[] words, CancellationToken cancellation)
    {
        ResourceCatalog catalog = await context.CatalogAsync(cancellation);
        ApiResource Find(string word) => catalog.Find(word) ?? throw new UsageException($"the server has no resource type \"{word}\"");
        var targets = new List<(ApiResource, string?)>();
        if (words.Any(w => w.Contains('/', StringComparison.Ordinal)))
        {
            foreach (string word in words)
            {
                string[] parts = word.Split('/', 2);
                if (parts.Length != 2 || parts[1].Length == 0) throw new UsageException($"\"{word}\" is not TYPE/NAME, and the forms cannot be mixed");
                targets.Add((Find(parts[0]), parts[1]));
            }
            return targets;
        }
        foreach (string type in words[0].Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            IReadOnlyList<ApiResource> resources = type == "all" ? catalog.Category("all") : [Find(type)];
            foreach (ApiResource resource in resources)
            {
                if (words.Length == 1) targets.Add((resource, null));
                else targets.AddRange(words.Skip(1).Select(name => (resource, (string?)name)));
            }
        }
        return targets;
    }

    private static string Path(CommandContext context, ParseResult parsed, ApiResource resource, string? name, bool listOnly)
    {
        bool all = parsed.GetValue(CommandContext.AllNamespaces);
        if (name is not null && !listOnly) return resource.ObjectPath(context.NamespaceOf(parsed), name);
        var query = new List<string>();
        if (parsed.GetValue(Labels) is { } labels) query.Add("labelSelector=" + Uri.EscapeDataString(labels));
        string? fields = parsed.GetValue(Fields);
        if (name is not null) fields = "metadata.name=" + name;
        if (fields is not null) query.Add("fieldSelector=" + Uri.EscapeDataString(fields));
        string path = resource.CollectionPath(all ? null : context.NamespaceOf(parsed));
        return query.Count == 0 ? path : path + "?" + string.Join('&', query);
    }

    private static void Collect(JsonObject body, ApiResource resource, JsonArray into)
    {
        if (body["items"] is not JsonArray items)
        {
            into.Add(body.DeepClone());
            return;
        }
        foreach (JsonNode? item in items)
        {
            if (item is not JsonObject value) continue;
            var whole = new JsonObject { ["apiVersion"] = resource.GroupVersion, ["kind"] = resource.Kind };
            foreach ((string key, JsonNode? field) in value)
            {
                if (!whole.ContainsKey(key)) whole[key] = field?.DeepClone();
            }
            into.Add((JsonNode)whole);
        }
    }
}

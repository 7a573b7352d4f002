using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Hive.Client.Kubernetes;
using Hive.Composition;

namespace Hive.Commands;

/// <summary>The verbs that change or look into single objects: delete, scale, logs.</summary>
internal static class ObjectCommands
{
    private static readonly Argument<string[]> What = new("what") { Description = "TYPE NAME... or TYPE/NAME...", Arity = ArgumentArity.ZeroOrMore };

    public static Command CreateDelete()
    {
        var files = new Option<string[]>("--filename", "-f") { Description = "Delete what these manifests name", AllowMultipleArgumentsPerToken = true };
        var grace = new Option<int?>("--grace-period") { Description = "Seconds a pod gets to stop by itself" };
        var command = new Command("delete", "Delete objects") { What, files, CommandContext.Namespace, grace };
        command.SetAction((parsed, cancellation) => CommandContext.RunAsync(parsed, async context =>
        {
            var options = new JsonObject { ["propagationPolicy"] = "Background" };
            if (parsed.GetValue(grace) is { } seconds) options["gracePeriodSeconds"] = seconds;
            int code = 0;
            foreach ((string label, string path) in await TargetsAsync(context, parsed, parsed.GetValue(files) ?? [], cancellation))
            {
                ApiAnswer answer = await context.Client.DeleteAsync(path, options, cancellation);
                if (answer.Ok) Console.WriteLine($"{label} deleted");
                else code = CommandContext.Complain(answer, label);
            }
            return code;
        }));
        return command;
    }

    public static Command CreateScale()
    {
        var replicas = new Option<int>("--replicas") { Description = "How many copies", Required = true };
        var command = new Command("scale", "Change how many copies run") { What, CommandContext.Namespace, replicas };
        command.SetAction((parsed, cancellation) => CommandContext.RunAsync(parsed, async context =>
        {
            int code = 0;
            foreach ((string label, string path) in await TargetsAsync(context, parsed, [], cancellation))
            {
                var patch = new JsonObject { ["spec"] = new JsonObject { ["replicas"] = parsed.GetValue(replicas) } };
                ApiAnswer answer = await context.Client.PatchAsync(path + "/scale", patch, KubernetesClient.MergePatch, cancellation);
                if (answer.Ok) Console.WriteLine($"{label} scaled");
                else code = CommandContext.Complain(answer, label);
            }
            return code;
        }));
        return command;
    }

    public static Command CreateLogs()
    {
        var pod = new Argument<string>("pod") { Description = "POD or TYPE/NAME (of a workload with a selector)" };
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on as lines come" };
        var container = new Option<string?>("--container", "-c") { Description = "Container" };
        var tail = new Option<int?>("--tail") { Description = "Only the last lines" };
        var previous = new Option<bool>("--previous", "-p") { Description = "Of the run before" };
        var timestamps = new Option<bool>("--timestamps") { Description = "With times" };
        var command = new Command("logs", "Show what a container printed") { pod, CommandContext.Namespace, follow, container, tail, previous, timestamps };
        command.SetAction((parsed, cancellation) => CommandContext.RunAsync(parsed, async context =>
        {
            string @namespace = context.NamespaceOf(parsed);
            string name = await PodOfAsync(context, parsed.GetValue(pod) ?? "", @namespace, cancellation);
            var query = new List<string>();
            if (parsed.GetValue(follow)) query.Add("follow=true");
            if (parsed.GetValue(container) is { } c) query.Add("container=" + Uri.EscapeDataString(c));
            if (parsed.GetValue(tail) is { } lines) query.Add("tailLines=" + lines.ToString(CultureInfo.InvariantCulture));
            if (parsed.GetValue(previous)) query.Add("previous=true");
            if (parsed.GetValue(timestamps)) query.Add("timestamps=true");
            string path = $"/api/v1/namespaces/{Uri.EscapeDataString(@namespace)}/pods/{Uri.EscapeDataString(name)}/log?{string.Join('&', query)}";
            return await StreamAsync(context, path, name, cancellation);
        }));
        return command;
    }

    private static async Task<int> StreamAsync(CommandContext context, string path, string name, CancellationToken cancellation)
    {
        var opened = await context.Client.OpenAsync(HttpMethod.Get, path, null, KubernetesClient.Json, "application/json, */*", cancellation);
        if (opened.Response is null) return CommandContext.Complain(new ApiAnswer(0, null, opened.Fate, opened.Problem), name);
        using HttpResponseMessage response = opened.Response;
        if (!response.IsSuccessStatusCode)
        {
            string text = await response.Content.ReadAsStringAsync(cancellation);
            JsonObject? status = null;
            try
            {
                status = JsonNode.Parse(text) as JsonObject;
            }
            catch (System.Text.Json.JsonException)
            {
                // Not a Status: the text itself is printed below.
            }
            return CommandContext.Complain(new ApiAnswer((int)response.StatusCode, status, Client.Connections.Fate.Answered, text), "");
        }
        await using Stream output = Console.OpenStandardOutput();
        await using Stream log = await response.Content.ReadAsStreamAsync(cancellation);
        byte[] buffer = new byte[16 * 1024];
        for (int read; (read = await log.ReadAsync(buffer, cancellation)) > 0;)
        {
            await output.WriteAsync(buffer.AsMemory(0, read), cancellation);
            await output.FlushAsync(cancellation);
        }
        return 0;
    }

    /// <summary>The pod itself, or the first pod that a workload selects.</summary>
    private static async Task<string> PodOfAsync(CommandContext context, string word, string @namespace, CancellationToken cancellation)
    {
        string[] parts = word.Split('/', 2);
        if (parts.Length == 1) return word;
        ApiResource resource = await context.ResourceAsync(parts[0], cancellation);
        if (resource.Plural == "pods") return parts[1];
        ApiAnswer owner = await context.Client.GetAsync(resource.ObjectPath(@namespace, parts[1]), cancellation);
        if (!owner.Ok) throw new UsageException(owner.Message);
        JsonNode? selector = owner.Body?["spec"]?["selector"];
        var labels = (selector?["matchLabels"] ?? selector) as JsonObject ?? throw new UsageException($"{word} has no selector of pods");
        string query = string.Join(',', labels.Select(l => $"{l.Key}={l.Value}"));
        ApiAnswer pods = await context.Client.GetAsync($"/api/v1/namespaces/{@namespace}/pods?labelSelector={Uri.EscapeDataString(query)}", cancellation);
        return (string?)pods.Body?["items"]?.AsArray().FirstOrDefault()?["metadata"]?["name"] ?? throw new UsageException($"{word} has no pods");
    }

    private static async Task<IReadOnlyList<(string Label, string Path)>> TargetsAsync(CommandContext context, ParseResult parsed, string[] files, CancellationToken cancellation)
    {
        string @namespace = context.NamespaceOf(parsed);
        if (files.Length > 0)
        {
            ResourceCatalog catalog = await context.CatalogAsync(cancellation);
            return [.. ApplyCommand.Read(files).Select(d =>
            {
                string kind = (string?)d["kind"] ?? "", name = (string?)d["metadata"]?["name"] ?? "";
                ApiResource resource = catalog.FindKind((string?)d["apiVersion"] ?? "", kind) ?? throw new UsageException($"the server has no kind \"{kind}\"");
                return ($"{resource.QualifiedSingular} \"{name}\"", resource.ObjectPath((string?)d["metadata"]?["namespace"] ?? @namespace, name));
            })];
        }
        string[] words = parsed.GetValue(What) ?? [];
        if (words.Length == 0) throw new UsageException("say which objects: TYPE NAME, or TYPE/NAME");
        IReadOnlyList<(ApiResource Resource, string? Name)> targets = await GetCommand.TargetsAsync(context, words, cancellation);
        return [.. targets.Select(t => t.Name is null
            ? throw new UsageException($"say which {t.Resource.Plural}: TYPE NAME, or TYPE/NAME")
            : ($"{t.Resource.QualifiedSingular} \"{t.Name}\"", t.Resource.ObjectPath(@namespace, t.Name)))];
    }
}

using System.Text.Json.Nodes;
using Hive.Client.Kubernetes;
using Hive.Objects.Yaml;

namespace Hive.Commands;

/// <summary><c>hive get -w</c>: prints each change as it comes, and goes on at the last revision when a connection breaks.</summary>
internal static class WatchTable
{
    /// <summary>A watch that broke is opened again after so long.</summary>
    private static readonly TimeSpan ReopenPause = TimeSpan.FromMilliseconds(250);

    public static async Task<int> FollowAsync(CommandContext context, ApiResource resource, string path, OutputForm form, CancellationToken cancellation)
    {
        bool table = form is OutputForm.Table or OutputForm.Wide;
        bool withNamespace = resource.Namespaced && !path.Contains("/namespaces/", StringComparison.Ordinal);
        string accept = table ? KubernetesClient.Table : KubernetesClient.Json;
        string joint = path.Contains('?', StringComparison.Ordinal) ? "&" : "?";
        ApiAnswer list = await context.Client.GetAsync(path, cancellation, accept);
        if (!list.Ok || list.Body is null) return CommandContext.Complain(list, "");
        string revision = list.ResourceVersion;
        IReadOnlyList<(int, string)> columns = table ? ServerTable.Columns(list.Body, form == OutputForm.Wide) : [];
        int[] widths = [];
        if (table)
        {
            List<IReadOnlyList<string>> rows = [.. ServerTable.Rows(list.Body, columns, withNamespace, null)];
            IReadOnlyList<string> header = ServerTable.Header(columns, withNamespace);
            widths = Output.Widths(header, rows);
            Output.Columns(Console.Out, header, rows);
        }
        else
        {
            foreach (JsonNode? item in list.Body["items"] as JsonArray ?? []) Print(item, form);
        }
        while (!cancellation.IsCancellationRequested)
        {
            await foreach (WatchLine line in context.Client.WatchAsync($"{path}{joint}watch=true&resourceVersion={revision}", cancellation, accept))
            {
                if (line.Type == "ERROR") return CommandContext.Complain(new ApiAnswer((int?)line.Object["code"] ?? 500, line.Object, Client.Connections.Fate.Answered, ""), "watch ended");
                if ((string?)line.Object["metadata"]?["resourceVersion"] is { } at) revision = at;
                if (line.Type == "BOOKMARK") continue;
                if (!table)
                {
                    Print(line.Object, form);
                    continue;
                }
                foreach (IReadOnlyList<string> row in ServerTable.Rows(line.Object, columns, withNamespace, null)) Output.WriteRow(Console.Out, row, widths);
            }
            await Task.Delay(ReopenPause, TimeProvider.System, cancellation);
        }
        return 0;
    }

    private static void Print(JsonNode? item, OutputForm form)
    {
        if (item is null) return;
        if (form == OutputForm.Name) Console.WriteLine(GetCommand.Named(item));
        else if (form == OutputForm.Json) Console.WriteLine(Output.Json(item));
        else Console.Write("---\n" + YamlWriter.Write(item));
    }
}

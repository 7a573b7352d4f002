using System.Text;
using Hive.Api.Drones;
using Hive.Api.Http;
using Hive.Api.Storage;
using Hive.Api.Verbs;
using Hive.Objects;
using Hive.Store;
using Microsoft.AspNetCore.Http;

namespace Hive.Api.Subresources;

/// <summary>GET pods/NAME/log: asked of the drone that runs the pod, streamed through as it comes.</summary>
public sealed class PodLog(ObjectStorage storage, Proposals proposals, DroneDialer dialer, ApiLimits limits)
{
    private static readonly string[] Passed = ["follow", "tailLines", "sinceSeconds", "sinceTime", "timestamps", "previous", "limitBytes"];
    private static readonly string[] Numbers = ["tailLines", "sinceSeconds", "limitBytes"];

    public async ValueTask<Refusal?> RunAsync(ResourceCall call)
    {
        if (CheckNumbers(call) is { } wrong) return wrong;
        Outcome<StoreSnapshot> fresh = await proposals.FreshAsync(call.Cancellation);
        if (!fresh.TryGet(out StoreSnapshot? at, out Refusal? refusal)) return refusal;
        if (storage.Find<Pod>(at, call.Namespace, call.Name) is not { } pod) return call.NotFound();
        if (!Container(pod.Value, call.Request.Query.Text("container")).TryGet(out string? container, out refusal)) return refusal;
        if (pod.Value.Spec.NodeName.Length == 0) return Refusals.BadRequest($"pod {call.Name} does not have a host assigned");
        if (Waiting(pod.Value, container, call.Request.Query.Flag("previous")) is { } early) return early;
        if (storage.Find<Node>(at, "", pod.Value.Spec.NodeName) is not { } node || DroneAddress.Of(node.Value) is not { } drone)
        {
            return Refusals.Unavailable($"node {pod.Value.Spec.NodeName} has no address to ask for logs");
        }
        return await StreamAsync(call, drone, container);
    }

    private async ValueTask<Refusal?> StreamAsync(ResourceCall call, DroneAddress drone, string container)
    {
        string path = $"/containerLogs/{Uri.EscapeDataString(call.Namespace)}/{Uri.EscapeDataString(call.Name)}/{Uri.EscapeDataString(container)}";
        IEnumerable<string> pairs = Passed.Where(call.Request.Query.Has).Select(name => $"{name}={Uri.EscapeDataString(call.Request.Query.Text(name))}");
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(call.Cancellation);
        patience.CancelAfter(limits.DronePatience);
        try
        {
            using HttpResponseMessage answer = await dialer.SendAsync(HttpMethod.Get, drone, $"{path}?{string.Join('&', pairs)}", null, patience.Token);
            patience.CancelAfter(Timeout.InfiniteTimeSpan);
            if (!answer.IsSuccessStatusCode) return await RefusedAsync(answer, patience.Token);
            HttpResponse response = call.Request.Http.Response;
            response.StatusCode = 200;
            response.ContentType = "text/plain";
            response.Headers.CacheControl = "no-cache, private";
            await response.StartAsync(call.Cancellation);
            await using Stream log = await answer.Content.ReadAsStreamAsync(patience.Token);
            await PumpAsync(log, response, patience.Token);
            return null;
        }
        catch (Exception failed) when (!call.Request.Http.Response.HasStarted && !call.Cancellation.IsCancellationRequested
            && failed is HttpRequestException or IOException or OperationCanceledException)
        {
            return Refusals.Unavailable($"drone {drone.Node} at {drone.Host}:{drone.Port} cannot be reached: {(failed.InnerException ?? failed).Message}");
        }
    }

    private static async ValueTask PumpAsync(Stream log, HttpResponse response, CancellationToken cancellation)
    {
        byte[] buffer = new byte[32 * 1024];
        await response.BodyWriter.FlushAsync(cancellation);
        while (true)
        {
            int read = await log.ReadAsync(buffer, cancellation);
            if (read == 0) return;
            await response.BodyWriter.WriteAsync(buffer.AsMemory(0, read), cancellation);
        }
    }

    private static async ValueTask<Refusal> RefusedAsync(HttpResponseMessage answer, CancellationToken cancellation)
    {
        byte[] body = await answer.Content.ReadAsByteArrayAsync(cancellation);
        string text = Encoding.UTF8.GetString(body).Trim();
        Decoded<Status> status = HiveJson.Read<Status>(body);
        if (status.Ok && status.Value.Message.Length > 0) text = status.Value.Message;
        int code = (int)answer.StatusCode;
        return code is >= 400 and < 500 and not (401 or 403)
            ? new Refusal(code, code == 404 ? StatusReason.NotFound : StatusReason.BadRequest, text.Length == 0 ? $"the drone answered {code}" : text)
            : Refusals.Internal($"the drone answered {code}: {text}");
    }

    private static Refusal? CheckNumbers(ResourceCall call)
    {
        foreach (string name in Numbers)
        {
            if (!call.Request.Query.Number(name).TryGet(out long? value, out Refusal? refusal)) return refusal;
            long least = name == "tailLines" ? 0 : 1;
            if (value < least)
            {
                string bound = least == 0 ? "must be greater than or equal to 0" : "must be greater than 0";
                return Refusals.Invalid("PodLogOptions", "", call.Name, CauseType.FieldValueInvalid, name, $"Invalid value: {value}: {bound}");
            }
        }
        string since = call.Request.Query.Text("sinceTime");
        return since.Length > 0 && !Time.TryParse(since, out _) ? Refusals.BadRequest($"parsing time \"{since}\" as RFC 3339 failed") : null;
    }

    private static Outcome<string> Container(Pod pod, string asked)
    {
        string[] all = [.. pod.Spec.InitContainers.Select(item => item.Name), .. pod.Spec.Containers.Select(item => item.Name), .. pod.Spec.EphemeralContainers.Select(item => item.Name)];
        if (asked.Length > 0) return all.Contains(asked, StringComparer.Ordinal) ? asked : Refusals.BadRequest($"container {asked} is not valid for pod {pod.Metadata.Name}");
        if (pod.Spec.Containers.Count == 1) return pod.Spec.Containers[0].Name;
        string names = string.Join(' ', pod.Spec.Containers.Select(item => item.Name));
        string init = pod.Spec.InitContainers.Count == 0 ? "" : $" or one of the init containers: [{string.Join(' ', pod.Spec.InitContainers.Select(item => item.Name))}]";
        return Refusals.BadRequest($"a container name must be specified for pod {pod.Metadata.Name}, choose one of: [{names}]{init}");
    }

    private static Refusal? Waiting(Pod pod, string container, bool previous)
    {
        ContainerStatus? status = pod.Status.ContainerStatuses.Concat(pod.Status.InitContainerStatuses).FirstOrDefault(known => known.Name == container);
        string name = pod.Metadata.Name;
        if (previous) return status?.LastState.Terminated is null ? Refusals.BadRequest($"previous terminated container \"{container}\" in pod \"{name}\" not found") : null;
        bool never = status is null || (status.State.Running is null && status.State.Terminated is null && status.LastState.Terminated is null);
        string reason = status?.State.Waiting?.Reason ?? (status is null && pod.Status.Phase == "Pending" ? "ContainerCreating" : "");
        return never && reason.Length > 0 ? Refusals.BadRequest($"container \"{container}\" in pod \"{name}\" is waiting to start: {reason}") : null;
    }
}

using System.Collections.Immutable;
using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using Hive.Client.Connections;
using Hive.Drone.Pods;
using Hive.Drone.Runtimes;
using Hive.Objects;

namespace Hive.Drone.Shell;

/// <summary>Asks containers how they are, and runs their hooks: by HTTP, TCP, or a command inside.</summary>
internal sealed class ProbeRunner(IContainerRuntime runtime) : IDisposable
{
    private const int LongestBody = 10 << 10;
    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        ConnectCallback = Dialing.ConnectAsync,
        UseProxy = false,
        AllowAutoRedirect = false,
        PooledConnectionLifetime = TimeSpan.Zero,
        // As in Kubernetes: a probe asks whether the program answers, not who it is.
        SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, _, _, _) => true },
    })
    { Timeout = Timeout.InfiniteTimeSpan };

    public async Task<OrderOutcome> ProbeAsync(Order.Probe order, CancellationToken cancellation)
    {
        Probe spec = order.Spec;
        TimeSpan timeout = TimeSpan.FromSeconds(Math.Clamp(spec.TimeoutSeconds, 1, 3600));
        if (spec.Exec is { } exec) return await ExecAsync(order.RuntimeId, exec, timeout, cancellation);
        if (spec.HttpGet is { } http) return await HttpAsync(http, order.Address, order.Ports, timeout, cancellation);
        if (spec.TcpSocket is { } tcp) return await TcpAsync(tcp, order.Address, order.Ports, timeout, cancellation);
        return OrderOutcome.Refused("", spec.Grpc is not null ? "gRPC probes are not supported by this drone: use exec, httpGet or tcpSocket" : "the probe names no action");
    }

    public async Task<OrderOutcome> HookAsync(Order.RunHook order, TimeSpan timeout, CancellationToken cancellation)
    {
        LifecycleHandler spec = order.Spec;
        if (spec.Exec is { } exec) return await ExecAsync(order.RuntimeId, exec, timeout, cancellation);
        if (spec.HttpGet is { } http) return await HttpAsync(http, order.Address, order.Ports, timeout, cancellation);
        if (spec.TcpSocket is { } tcp) return await TcpAsync(tcp, order.Address, order.Ports, timeout, cancellation);
        if (spec.Sleep is { } sleep)
        {
            TimeSpan wanted = TimeSpan.FromSeconds(Math.Clamp(sleep.Seconds, 0, DroneLimits.LongestGraceSeconds));
            await Task.Delay(wanted < timeout ? wanted : timeout, cancellation);
            return OrderOutcome.Done;
        }
        return OrderOutcome.Refused("", "the hook names no action");
    }

    public void Dispose() => _http.Dispose();

    private async Task<OrderOutcome> ExecAsync(string runtimeId, ExecAction exec, TimeSpan timeout, CancellationToken cancellation)
    {
        ExecOutcome outcome = await runtime.ExecAsync(runtimeId, exec.Command, timeout, cancellation);
        if (outcome.ExitCode == 0) return OrderOutcome.Done;
        string words = outcome.Output.Trim();
        return OrderOutcome.Refused("", outcome.ExitCode is { } code
            ? $"command {string.Join(' ', exec.Command)} exited with {code}: {words}"
            : outcome.Problem.Length > 0 ? outcome.Problem : words);
    }

    private async Task<OrderOutcome> HttpAsync(HTTPGetAction action, string? address, ImmutableArray<ContainerPort> ports, TimeSpan timeout, CancellationToken cancellation)
    {
        if (!TryPort(action.Port, ports, out int port)) return OrderOutcome.Refused("", $"couldn't find port: {action.Port}");
        string host = action.Host.Length > 0 ? action.Host : address ?? "127.0.0.1";
        string scheme = action.Scheme == URIScheme.HTTPS ? "https" : "http";
        string path = action.Path.StartsWith('/') ? action.Path : "/" + action.Path;
        string url = string.Create(CultureInfo.InvariantCulture, $"{scheme}://{host}:{port}{path}");
        if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? uri)) return OrderOutcome.Refused("", $"invalid URL: {url}");
        using var request = new HttpRequestMessage(HttpMethod.Get, uri);
        request.Headers.TryAddWithoutValidation("User-Agent", "kube-probe/1.33 (hive)");
        request.Headers.TryAddWithoutValidation("Connection", "close");
        foreach (HTTPHeader header in action.HttpHeaders) request.Headers.TryAddWithoutValidation(header.Name, header.Value);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(timeout);
        try
        {
            using HttpResponseMessage response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            if ((int)response.StatusCode is >= 200 and < 400) return OrderOutcome.Done;
            return OrderOutcome.Refused("", $"HTTP probe failed with statuscode: {(int)response.StatusCode}");
        }
        catch (HttpRequestException failure)
        {
            return OrderOutcome.Refused("", $"Get \"{url}\": {failure.Message[..Math.Min(failure.Message.Length, LongestBody)]}");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return OrderOutcome.Refused("", $"Get \"{url}\": no answer within {timeout.TotalSeconds}s");
        }
    }

    private static async Task<OrderOutcome> TcpAsync(TCPSocketAction action, string? address, ImmutableArray<ContainerPort> ports, TimeSpan timeout, CancellationToken cancellation)
    {
        if (!TryPort(action.Port, ports, out int port)) return OrderOutcome.Refused("", $"couldn't find port: {action.Port}");
        string host = action.Host.Length > 0 ? action.Host : address ?? "127.0.0.1";
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(timeout);
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(host, port, limit.Token);
            return OrderOutcome.Done;
        }
        catch (SocketException failure)
        {
            return OrderOutcome.Refused("", $"dial tcp {host}:{port}: {failure.Message}");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return OrderOutcome.Refused("", $"dial tcp {host}:{port}: i/o timeout");
        }
    }

    private static bool TryPort(IntOrString port, ImmutableArray<ContainerPort> ports, out int number)
    {
        number = port.Int;
        if (!port.IsText) return number is > 0 and <= 65535;
        if (int.TryParse(port.Text, NumberStyles.None, CultureInfo.InvariantCulture, out number)) return number is > 0 and <= 65535;
        number = ports.FirstOrDefault(p => p.Name == port.Text)?.Port ?? 0;
        return number > 0;
    }
}

using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Hive.Drone.Shell;

namespace Hive.Drone.Tests.Support;

/// <summary>A real drone in a directory of its own, over queens in memory. Stops its pods' processes at the end.</summary>
public sealed class DroneUnderTest : IAsyncDisposable
{
    private static readonly Lazy<TestAuthority> Authority = new(() => new TestAuthority());
    private readonly List<string> _log = [];
    private readonly DroneOptions _options;

    private DroneUnderTest(string runtime, string socket)
    {
        Directory = System.IO.Directory.CreateTempSubdirectory("hive-drone-").FullName;
        _options = new DroneOptions
        {
            NodeName = "n-" + Path.GetFileName(Directory).ToLowerInvariant().Replace("hive-drone-", "", StringComparison.Ordinal),
            Queens = [new Uri("https://127.0.0.1:1")],
            Certificate = Authority.Value.Issue("system:node:n1", "system:nodes"),
            Authority = Authority.Value.Certificate,
            DataDirectory = Directory,
            Runtime = runtime == "docker" ? RuntimeChoice.Docker : RuntimeChoice.Process,
            DockerSocket = socket,
            Log = line => { lock (_log) _log.Add(line); },
            PrintTask = text => { lock (Printed) Printed.Add(text); },
        };
    }

    public string Directory { get; }
    public QueensInMemory Queens { get; } = new();
    public List<string> Printed { get; } = [];
    public DroneDaemon Daemon { get; private set; } = null!;
    public static TestAuthority Signer => Authority.Value;

    public static async Task<DroneUnderTest> StartAsync(string runtime = "process", string socket = "", Exception? bug = null)
    {
        var drone = new DroneUnderTest(runtime, socket);
        drone.Queens.Bug = bug;
        await drone.StartAgainAsync();
        return drone;
    }

    public async Task StartAgainAsync() => Daemon = await DroneDaemon.StartAsync(_options, Queens, CancellationToken.None);

    public Task StopAsync() => Daemon.DisposeAsync().AsTask();

    public Task UntilAsync(string what, Func<bool> condition, int seconds = 15) => UntilAsync(what, () => Task.FromResult(condition()), seconds);

    public async Task UntilAsync(string what, Func<Task<bool>> condition, int seconds = 15)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        while (!await condition())
        {
            if (limit.IsCancellationRequested)
            {
                string[] log;
                lock (_log) log = [.. _log];
                throw new TimeoutException($"not in time: {what}\n{string.Join('\n', log)}\nevents: {string.Join('\n', Queens.Events.Select(e => $"{e.Reason}: {e.Message}"))}");
            }
            await Task.Delay(20);
        }
    }

    /// <summary>A client that comes as a queen, or as whoever the certificate names, or with none.</summary>
    public static HttpClient Client(X509Certificate2? certificate)
    {
        var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null;
        if (certificate is not null) handler.SslOptions.ClientCertificates = [certificate];
        return new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(20) };
    }

    public async ValueTask DisposeAsync()
    {
        Queens.Unreachable = false;
        foreach (string name in AllPods()) Queens.Delete(name, 0);
        await UntilAsync("all pods gone", () => AllPods().Length == 0, 20);
        await Daemon.DisposeAsync();
        System.IO.Directory.Delete(Directory, recursive: true);
    }

    private string[] AllPods() => Queens.Names();
}

/// <summary>A certificate authority for one run of the tests.</summary>
public sealed class TestAuthority
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public TestAuthority()
    {
        var request = new CertificateRequest("CN=test authority", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        Certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddDays(1));
    }

    public X509Certificate2 Certificate { get; }

    public X509Certificate2 Issue(string name, string organization)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}, O={organization}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 bare = request.Create(Certificate, DateTimeOffset.UtcNow.AddMinutes(-4), DateTimeOffset.UtcNow.AddHours(12), RandomNumberGenerator.GetBytes(8));
        return bare.CopyWithPrivateKey(key);
    }
}

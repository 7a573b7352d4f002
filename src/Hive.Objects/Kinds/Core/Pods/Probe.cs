namespace Hive.Objects;

[Schema(ApiPackage.Core, "A check that is repeated to learn the health of a container.")]
public sealed record Probe
{
    [Field("exec", 1, Inline = 1, Doc = "Run a command.")]
    public ExecAction? Exec { get; init; }

    [Field("httpGet", 2, Inline = 1, Doc = "Make an HTTP request.")]
    public HTTPGetAction? HttpGet { get; init; }

    [Field("tcpSocket", 3, Inline = 1, Doc = "Open a TCP connection.")]
    public TCPSocketAction? TcpSocket { get; init; }

    [Field("grpc", 4, Inline = 1, Doc = "Ask the gRPC health service.")]
    public GRPCAction? Grpc { get; init; }

    [Field("initialDelaySeconds", 2, Minimum = 0, Doc = "Seconds before the first check.")]
    public int InitialDelaySeconds { get; init; }

    [Field("timeoutSeconds", 3, Default = "1", Minimum = 0, Doc = "Seconds after which a check has failed.")]
    public int TimeoutSeconds { get; init; }

    [Field("periodSeconds", 4, Default = "10", Minimum = 0, Doc = "Seconds between checks.")]
    public int PeriodSeconds { get; init; }

    [Field("successThreshold", 5, Default = "1", Minimum = 0, Doc = "Successes in a row that count as success.")]
    public int SuccessThreshold { get; init; }

    [Field("failureThreshold", 6, Default = "3", Minimum = 0, Doc = "Failures in a row that count as failure.")]
    public int FailureThreshold { get; init; }

    [Field("terminationGracePeriodSeconds", 7, Doc = "Grace when this probe stops the container.")]
    public long? TerminationGracePeriodSeconds { get; init; }
}

[Schema(ApiPackage.Core, "Actions around the start and stop of a container.")]
public sealed record Lifecycle
{
    [Field("postStart", 1)]
    public LifecycleHandler? PostStart { get; init; }

    [Field("preStop", 2)]
    public LifecycleHandler? PreStop { get; init; }

    [Field("stopSignal", 3, Enum = typeof(Signal))]
    public string? StopSignal { get; init; }
}

[Schema(ApiPackage.Core, "Runs a command in the container; exit code 0 is success.")]
public sealed record ExecAction
{
    [Field("command", 1, ListType = "atomic")]
    public IReadOnlyList<string> Command { get; init; } = [];
}

[Schema(ApiPackage.Core, "Makes an HTTP request; 200 to 399 is success.")]
public sealed record HTTPGetAction
{
    [Field("path", 1, Default = "/", Doc = "The path of the URL.")]
    public string Path { get; init; } = "";

    [Field("port", 2, Required = true, Always = true, Doc = "The port by number or name.")]
    public IntOrString Port { get; init; }

    [Field("host", 3, Doc = "The host; the address of the pod by default.")]
    public string Host { get; init; } = "";

    [Field("scheme", 4, Default = "HTTP", Enum = typeof(URIScheme), Doc = "HTTP or HTTPS.")]
    public string Scheme { get; init; } = "";

    [Field("httpHeaders", 5, ListType = "atomic", Doc = "Headers of the request.")]
    public IReadOnlyList<HTTPHeader> HttpHeaders { get; init; } = [];

    [Field("protocol", 6, Enum = typeof(HTTPProtocol))]
    public string? Protocol { get; init; }
}

[Schema(ApiPackage.Core, "Opens a TCP connection.")]
public sealed record TCPSocketAction
{
    [Field("port", 1, Required = true, Always = true)]
    public IntOrString Port { get; init; }

    [Field("host", 2)]
    public string Host { get; init; } = "";
}

[Schema(ApiPackage.Core, "Asks the gRPC health service.")]
public sealed record GRPCAction
{
    [Field("port", 1, Required = true, Always = true)]
    public int Port { get; init; }

    [Field("service", 2, Default = "")]
    public string? Service { get; init; }

    [Field("mode", 3, Enum = typeof(GRPCProbeMode))]
    public string? Mode { get; init; }
}

[Schema(ApiPackage.Core, "One action of a lifecycle hook.")]
public sealed record LifecycleHandler
{
    [Field("exec", 1)]
    public ExecAction? Exec { get; init; }

    [Field("httpGet", 2)]
    public HTTPGetAction? HttpGet { get; init; }

    [Field("tcpSocket", 3)]
    public TCPSocketAction? TcpSocket { get; init; }

    [Field("sleep", 4)]
    public SleepAction? Sleep { get; init; }
}

[Schema(ApiPackage.Core, "A header for an HTTP request.")]
public sealed record HTTPHeader
{
    [Field("name", 1, Required = true, Always = true)]
    public string Name { get; init; } = "";

    [Field("value", 2, Required = true, Always = true)]
    public string Value { get; init; } = "";
}

[Schema(ApiPackage.Core, "Waits.")]
public sealed record SleepAction
{
    [Field("seconds", 1, Required = true, Always = true)]
    public long Seconds { get; init; }
}

/// <summary>Values of Signal.</summary>
public static class Signal
{
    public const string SIGABRT = "SIGABRT";
    public const string SIGALRM = "SIGALRM";
    public const string SIGBUS = "SIGBUS";
    public const string SIGCHLD = "SIGCHLD";
    public const string SIGCLD = "SIGCLD";
    public const string SIGCONT = "SIGCONT";
    public const string SIGFPE = "SIGFPE";
    public const string SIGHUP = "SIGHUP";
    public const string SIGILL = "SIGILL";
    public const string SIGINT = "SIGINT";
    public const string SIGIO = "SIGIO";
    public const string SIGIOT = "SIGIOT";
    public const string SIGKILL = "SIGKILL";
    public const string SIGPIPE = "SIGPIPE";
    public const string SIGPOLL = "SIGPOLL";
    public const string SIGPROF = "SIGPROF";
    public const string SIGPWR = "SIGPWR";
    public const string SIGQUIT = "SIGQUIT";
    public const string SIGSEGV = "SIGSEGV";
    public const string SIGSTKFLT = "SIGSTKFLT";
    public const string SIGSTOP = "SIGSTOP";
    public const string SIGSYS = "SIGSYS";
    public const string SIGTERM = "SIGTERM";
    public const string SIGTRAP = "SIGTRAP";
    public const string SIGTSTP = "SIGTSTP";
    public const string SIGTTIN = "SIGTTIN";
    public const string SIGTTOU = "SIGTTOU";
    public const string SIGURG = "SIGURG";
    public const string SIGUSR1 = "SIGUSR1";
    public const string SIGUSR2 = "SIGUSR2";
    public const string SIGVTALRM = "SIGVTALRM";
    public const string SIGWINCH = "SIGWINCH";
    public const string SIGXCPU = "SIGXCPU";
    public const string SIGXFSZ = "SIGXFSZ";
    public const string SIGRTMIN = "SIGRTMIN";
    public const string SIGRTMIN1 = "SIGRTMIN+1";
    public const string SIGRTMIN2 = "SIGRTMIN+2";
    public const string SIGRTMIN3 = "SIGRTMIN+3";
    public const string SIGRTMIN4 = "SIGRTMIN+4";
    public const string SIGRTMIN5 = "SIGRTMIN+5";
    public const string SIGRTMIN6 = "SIGRTMIN+6";
    public const string SIGRTMIN7 = "SIGRTMIN+7";
    public const string SIGRTMIN8 = "SIGRTMIN+8";
    public const string SIGRTMIN9 = "SIGRTMIN+9";
    public const string SIGRTMIN10 = "SIGRTMIN+10";
    public const string SIGRTMIN11 = "SIGRTMIN+11";
    public const string SIGRTMIN12 = "SIGRTMIN+12";
    public const string SIGRTMIN13 = "SIGRTMIN+13";
    public const string SIGRTMIN14 = "SIGRTMIN+14";
    public const string SIGRTMIN15 = "SIGRTMIN+15";
    public const string SIGRTMAX14 = "SIGRTMAX-14";
    public const string SIGRTMAX13 = "SIGRTMAX-13";
    public const string SIGRTMAX12 = "SIGRTMAX-12";
    public const string SIGRTMAX11 = "SIGRTMAX-11";
    public const string SIGRTMAX10 = "SIGRTMAX-10";
    public const string SIGRTMAX9 = "SIGRTMAX-9";
    public const string SIGRTMAX8 = "SIGRTMAX-8";
    public const string SIGRTMAX7 = "SIGRTMAX-7";
    public const string SIGRTMAX6 = "SIGRTMAX-6";
    public const string SIGRTMAX5 = "SIGRTMAX-5";
    public const string SIGRTMAX4 = "SIGRTMAX-4";
    public const string SIGRTMAX3 = "SIGRTMAX-3";
    public const string SIGRTMAX2 = "SIGRTMAX-2";
    public const string SIGRTMAX1 = "SIGRTMAX-1";
    public const string SIGRTMAX = "SIGRTMAX";
}

/// <summary>Values of URIScheme.</summary>
public static class URIScheme
{
    public const string HTTP = "HTTP";
    public const string HTTPS = "HTTPS";
}

/// <summary>Values of HTTPProtocol.</summary>
public static class HTTPProtocol
{
    public const string HTTP1 = "HTTP1";
    public const string HTTP2 = "HTTP2";
}

/// <summary>Values of GRPCProbeMode.</summary>
public static class GRPCProbeMode
{
    public const string Plaintext = "Plaintext";
    public const string TLS = "TLS";
}

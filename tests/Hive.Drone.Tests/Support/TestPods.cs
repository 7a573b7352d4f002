using Hive.Objects;

namespace Hive.Drone.Tests.Support;

public static class TestPods
{
    /// <summary>A pod whose one container runs a line of shell on the host's file system.</summary>
    public static Pod Shell(string name, string script, Func<Container, Container>? with = null, string restart = "Always") =>
        Of(name, [Change(with, new Container { Name = "main", Image = "hive.io/host:1", Command = ["sh", "-c", script] })], restart);

    public static Pod Web(string name, int port = 8080) => Of(name,
    [
        new Container
        {
            Name = "web", Image = "hive.io/sample-web:1", Ports = [new ContainerPort { Name = "http", Port = port, Protocol = "TCP" }],
            Env = [new EnvVar { Name = "PORT", Value = port.ToString(System.Globalization.CultureInfo.InvariantCulture) }],
            ReadinessProbe = new Probe { HttpGet = new HTTPGetAction { Path = "/", Port = "http" }, PeriodSeconds = 1 },
        },
    ]);

    public static Pod Of(string name, IReadOnlyList<Container> containers, string restart = "Always") => new()
    {
        Metadata = new ObjectMeta { Name = name, Namespace = "default", Uid = Guid.NewGuid().ToString(), Generation = 1 },
        Spec = new PodSpec { Containers = containers, RestartPolicy = restart, NodeName = "n1", TerminationGracePeriodSeconds = 2, EnableServiceLinks = false },
        Status = new PodStatus { Phase = "Pending" },
    };

    private static Container Change(Func<Container, Container>? with, Container container) => with is null ? container : with(container);
}

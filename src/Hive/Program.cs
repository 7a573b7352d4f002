using System.CommandLine;
using Hive.Commands;
using Hive.Commands.Backup;
using Hive.Commands.Members;
using Hive.Local;

var root = new RootCommand("Hive turns a few Linux machines into one: a replicated key-value store (etcd v3) and a container orchestrator (Kubernetes API).")
{
    DemoCommand.Create(),
    UpCommand.Create(),
    DevCommand.Create(),
    HostCommands.CreateQueen(),
    HostCommands.CreateDrone(),
    HostCommands.CreateLarve(),
    CertificatesCommand.Create(),
    RecoverCommand.Create(),
    ApplyCommand.Create(),
    GetCommand.Create(),
    DescribeCommand.Create(),
    ObjectCommands.CreateDelete(),
    ObjectCommands.CreateLogs(),
    ObjectCommands.CreateScale(),
    KvCommands.Create(),
    SnapshotCommands.Create(),
    ArchiveCommand.Create(),
    MemberCommands.Create(),
    StatusCommand.CreateTask(),
    StatusCommand.Create(),
};
root.Options.Add(CommandContext.Profile);
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = Hive.Composition.Lifetime.Supervised ? null : TimeSpan.FromSeconds(60) });

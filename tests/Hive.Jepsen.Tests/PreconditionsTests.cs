using Hive.Jepsen.Members;
using Hive.Jepsen.Nemeses;
using Hive.Jepsen.Workloads;
using Xunit;

namespace Hive.Jepsen.Tests;

/// <summary>What a machine lacks is said in one line, with what to do about it.</summary>
public sealed class PreconditionsTests
{
    private static readonly Machine Full = new(true, _ => true);

    [Theory]
    [InlineData("partition", "nft", "nftables")]
    [InlineData("partition-bridge", "ip", "iproute2")]
    [InlineData("loss", "nsenter", "util-linux")]
    [InlineData("slow", "tc", "iproute2")]
    [InlineData("clock-jump", "faketime/libfaketimeMT.so.1", "libfaketime")]
    [InlineData("disk-full", "fallocate", "util-linux")]
    [InlineData("drone-cut", "nft", "nftables")]
    [InlineData("engine-kill", "dockerd", "docker.io")]
    [InlineData("engine-kill", "/bin/busybox", "busybox-static")]
    public void What_is_not_installed_is_named_with_its_package(string nemesis, string thing, string package)
    {
        string? missing = Preconditions.Missing(NemesisCatalog.Needs([nemesis]), Full with { Has = name => name != thing });
        Assert.EndsWith($"need {thing}: install the package {package}", missing, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', missing!);
    }

    [Theory]
    [InlineData("partition")]
    [InlineData("slow")]
    [InlineData("disk-full")]
    [InlineData("drone-kill")]
    [InlineData("engine-kill")]
    public void Without_root_that_is_said_first(string nemesis) =>
        Assert.EndsWith("need root: run as root", Preconditions.Missing(NemesisCatalog.Needs([nemesis]), new Machine(false, _ => false)), StringComparison.Ordinal);

    [Fact]
    public void A_full_machine_lacks_nothing_and_killing_members_needs_nothing()
    {
        Assert.Null(Preconditions.Missing(NemesisCatalog.Needs(NemesisCatalog.Names), Full));
        Assert.Null(Preconditions.Missing(NemesisCatalog.Needs(["kill", "kill-all", "pause", "corrupt", "transfer", "rolling-restart", "data-loss"]), new Machine(false, _ => false)));
        Assert.Null(Preconditions.MissingForNamespaces(Full));
        Assert.NotNull(Preconditions.MissingForNamespaces(Full with { IsRoot = false }));
    }

    /// <summary>As with a <c>su</c> that is no login: what is found among root's tools must be found by the tools that start it, too.</summary>
    [Fact]
    public async Task Tools_search_where_the_preconditions_do() =>
        Assert.EndsWith(":/usr/sbin:/sbin", (await Tool.RunAsync("sh", "-c", "echo $PATH")).Trim(), StringComparison.Ordinal);

    [Fact]
    public void Pods_need_root() => Assert.NotNull(Preconditions.Missing(WorkloadCatalog.Create(WorkloadCatalog.WithDrones, new Histories.Recorder()).Needs, new Machine(false, _ => true)));
}

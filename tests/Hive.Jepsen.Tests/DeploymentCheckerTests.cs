using Hive.Jepsen.Checkers;
using Hive.Jepsen.Checkers.Deployments;
using Hive.Jepsen.Histories;
using Hive.Jepsen.Workloads;
using Xunit;
using Action = Hive.Jepsen.Histories.Action;

namespace Hive.Jepsen.Tests;

/// <summary>Deployments and pods: valid histories pass; each way of being wrong is rejected under its name.</summary>
public sealed class DeploymentCheckerTests
{
    private const string Set = "/registry/replicasets/pods/web";

    private int _index;

    [Fact]
    public void Pods_that_follow_each_other_pass()
    {
        Verdict verdict = DeploymentChecker.Check(
        [
            Pods(9, Pod(4, "a"), Pod(5, "b"), Gone(6, "a"), Pod(8, "c")), Sets(9, Wants(3, 2), Wants(7, 2)),
            Settle(["b", "c", "u2"], 10_000, Life("web-b", "b", 1_000, 11_000), Life("web-c", "c", 4_000, 11_000), Life("web-a", "a", 1_000, 2_000), Life("unique-1", "u1", 0, 5_000), Life("unique-1", "u2", 5_000, 12_000)),
        ]);

        Assert.True(verdict.Valid, string.Join('\n', verdict.Anomalies));
        Assert.Empty(verdict.Inconclusive);
    }

    [Fact]
    public void Two_lives_of_one_unique_pod_that_overlap() =>
        Found("doubled unique pod", "uid u2", Settle(["u2"], 10_000, Life("unique-1", "u1", 0, 5_010), Life("unique-1", "u2", 5_000, 12_000)));

    [Fact]
    public void A_short_life_within_a_long_one() =>
        Found("doubled unique pod", "uid u3", Settle(["u1"], 10_000, Life("unique-1", "u1", 0, 12_000), Life("unique-1", "u3", 500, 600)));

    [Fact]
    public void Pods_of_a_Deployment_may_overlap() => Assert.True(DeploymentChecker.Check([Settle(["b"], 10_000, Life("web", "a", 0, 5_010), Life("web", "b", 5_000, 12_000))]).Valid);

    [Fact]
    public void What_does_not_settle() => Found("not settled", "web: replicas is 1", Settle([], 10_000) with { Action = new PodActions.Settle("web: replicas is 1, not 2", [], 10_000, [Life("web", "a", 1, 2)]) });

    [Fact]
    public void A_pod_that_is_said_to_run_and_does_not() => Found("does not run", "the pod b", Settle(["a", "b"], 10_000, Life("web-a", "a", 0, 12_000), Life("web-b", "b", 0, 9_000)));

    [Fact]
    public void A_program_that_nobody_wants_any_more() => Found("runs on", "uid b", Settle(["a"], 10_000, Life("web-a", "a", 0, 12_000), Life("web-b", "b", 0, 12_000)));

    [Fact]
    public void A_pod_more_than_its_ReplicaSet_was_to_have() => Found("surplus pod", "there are 3 of 2", Pods(9, Pod(4, "a"), Pod(5, "b"), Pod(6, "c")), Sets(9, Wants(3, 2)));

    [Fact]
    public void More_than_it_is_to_have_after_it_was_scaled_down_are_no_surplus_before_one_is_made() =>
        Assert.True(DeploymentChecker.Check([Pods(9, Pod(4, "a"), Pod(5, "b"), Gone(7, "a")), Sets(9, Wants(3, 2), Wants(6, 1))]).Valid);

    [Fact]
    public void What_lies_behind_the_end_of_what_is_known_of_ReplicaSets_is_not_judged() =>
        Assert.True(DeploymentChecker.Check([Pods(9, Pod(4, "a"), Pod(5, "b"), Pod(6, "c")), Sets(5, Wants(3, 2))]).Valid);

    [Fact]
    public void Pieces_of_several_watches_are_put_together() => Found("surplus pod", "at revision 6", Pods(5, Pod(4, "a"), Pod(5, "b")), Pods(4, Pod(4, "a")), Part(SurplusRule.Pods, 5, 9, Pod(6, "c")), Sets(9, Wants(3, 2)));

    [Fact]
    public void Without_a_look_at_the_end_nothing_is_proved() => Assert.NotEmpty(DeploymentChecker.Check([]).Inconclusive);

    [Fact]
    public void Lives_are_read_from_what_pods_wrote()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("hive-jepsen-lives-");
        File.WriteAllText(Path.Combine(folder.FullName, "web-1.uid-7.12.34"), "12.34\n12.55\n13.00\n");
        File.WriteAllText(Path.Combine(folder.FullName, "web-2.uid-8.12.34"), "");

        Assert.Equal(new PodLife("web-1", "uid-7", 12_340, 13_000), Assert.Single(PodLives.Read(folder.FullName)));
        folder.Delete(recursive: true);
    }

    private static void Found(string kind, string words, params Operation[] history)
    {
        Anomaly anomaly = Assert.Single(DeploymentChecker.Check(history).Anomalies);
        Assert.Equal(kind, anomaly.Kind);
        Assert.Contains(words, anomaly.Explanation, StringComparison.Ordinal);
    }

    private static PodLife Life(string pod, string uid, long from, long until) => new(pod, uid, from, until);

    private static ObjectFact Pod(long revision, string name) => new(revision, $"/registry/pods/pods/web-{name}", "uid of " + name, "web", true, 1);

    private static ObjectFact Gone(long revision, string name) => Pod(revision, name) with { Counts = false };

    private static ObjectFact Wants(long revision, long replicas) => new(revision, Set, "web", "", true, replicas);

    private Operation Pods(long until, params ObjectFact[] facts) => Part(SurplusRule.Pods, 0, until, facts);

    private Operation Sets(long until, params ObjectFact[] facts) => Part(SurplusRule.ReplicaSets, 0, until, facts);

    private Operation Part(string prefix, long after, long until, params ObjectFact[] facts) => Done(prefix, new PodActions.Told(prefix, after, until, [.. facts]));

    private Operation Settle(string[] running, long at, params PodLife[] lives) => Done("end", new PodActions.Settle("", [.. running], at, [.. lives]));

    private Operation Done(string key, Action action) => new(_index, _index++, key, action, Outcome.Ok, _index * 10, _index * 10 + 5);
}

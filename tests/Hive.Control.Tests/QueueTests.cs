namespace Hive.Control.Tests;

public sealed class QueueTests
{
    private static readonly ControlLimits Limits = ControlLimits.Default;
    private readonly WorkQueue _queue = new(Limits);

    private static WorkItem Item(string name, Band band = Band.Workload) => new(band, 0, new ObjectKey("things", "default", name));

    private static LogTime At(int milliseconds) => new(TimeSpan.FromMilliseconds(milliseconds).Ticks);

    private string Take(int now, long model = 1)
    {
        _queue.Advance(At(now), new Revision(model));
        return _queue.TryTake(At(now), out var item) ? item.Key.Name : "";
    }

    [Fact]
    public void Keys_run_by_urgency_and_then_by_name_and_once_however_often_they_were_woken()
    {
        _queue.Wake(Item("b"), At(0), At(0));
        _queue.Wake(Item("a"), At(0), At(0));
        _queue.Wake(Item("z", Band.Liveness), At(0), At(0));
        _queue.Wake(Item("a"), At(0), At(0));
        Assert.Equal(("z", "a", "b", ""), (Take(0), Take(0), Take(0), Take(0)));
    }

    [Fact]
    public void Deadline_is_waited_for_and_an_earlier_wake_wins()
    {
        _queue.Wake(Item("a"), At(500), At(0));
        Assert.Equal("", Take(499));
        Assert.Equal(At(500), _queue.NextDeadline);
        _queue.Wake(Item("a"), At(100), At(0));
        Assert.Equal("a", Take(100));
    }

    [Fact]
    public void Key_in_flight_is_held_until_its_write_is_visible_and_then_runs_if_it_was_woken()
    {
        _queue.Wake(Item("a"), At(0), At(0));
        Assert.Equal("a", Take(0));
        _queue.Proposed(Item("a"), null);
        _queue.Wake(Item("a"), At(0), At(0));
        Assert.Equal("", Take(0, model: 9));
        _queue.Settled(Item("a"), committed: true, new Revision(10), At(0));
        Assert.Equal("", Take(0, model: 9));
        Assert.Equal("a", Take(0, model: 10));
    }

    [Fact]
    public void First_conflict_costs_no_time_and_further_ones_ever_more()
    {
        _queue.Wake(Item("a"), At(0), At(0));
        var pauses = new List<int>();
        int now = 0;
        for (int conflict = 1; conflict <= 6; conflict++)
        {
            Assert.Equal("a", Take(now, model: conflict));
            _queue.Proposed(Item("a"), null);
            _queue.Settled(Item("a"), committed: false, new Revision(conflict), At(now));
            int start = now;
            while (true)
            {
                _queue.Advance(At(now), new Revision(conflict));
                if (_queue.HasReady) break;
                now++;
            }
            pauses.Add(now - start);
        }
        Assert.Equal(0, pauses[0]);
        Assert.InRange(pauses[1], 15, 25);
        Assert.True(pauses.Skip(1).SequenceEqual(pauses.Skip(1).Order()), string.Join(",", pauses));
        Assert.InRange(pauses[5], 240, 400);
    }

    [Fact]
    public void Key_that_runs_too_often_is_held_back_for_a_while()
    {
        int runs = 0;
        for (int i = 0; i < 2 * Limits.RunsPerKeyPerSecond; i++)
        {
            _queue.Wake(Item("a"), At(0), At(0));
            if (Take(0) == "a")
            {
                runs++;
                _queue.Done(Item("a"), null, At(0));
            }
        }
        Assert.Equal(Limits.RunsPerKeyPerSecond, runs);
        Assert.Equal(1, _queue.HeldBack);
        Assert.Equal("a", Take(1000));
    }

    [Fact]
    public void Backoff_is_the_same_in_every_process_and_differs_between_keys()
    {
        var one = new ObjectKey("things", "default", "one");
        var pauses = Enumerable.Range(0, 30).Select(i => Backoff.After(6, one with { Name = $"k{i}" }, Limits)).ToList();
        Assert.True(pauses.Distinct().Count() > 20);
        Assert.Equal(Backoff.After(6, one, Limits), Backoff.After(6, one, Limits));
        Assert.All(Enumerable.Range(1, 60), attempt => Assert.True(Backoff.After(attempt, one, Limits) <= Limits.BackoffMost));
    }
}

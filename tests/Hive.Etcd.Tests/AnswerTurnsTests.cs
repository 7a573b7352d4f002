using Hive.Etcd.Rpc;

namespace Hive.Etcd.Tests;

/// <summary>Large answers are worked on a few at a time, and leave the processors to others who are there.</summary>
public sealed class AnswerTurnsTests
{
    private static readonly TimeSpan Work = TimeSpan.FromMilliseconds(1), Presence = TimeSpan.FromMilliseconds(20);
    private static readonly EtcdLimits Limits = new() { LargeAnswersAtOnce = 2, LargeAnswerWork = Work, LargeAnswerRest = 3, LargeAnswerLongestRest = Work * 7, OthersPresence = Presence };

    private readonly SteppedTime _time = new();
    private readonly AnswerTurns _turns;
    private LogIndex _applied = new(1);

    public AnswerTurnsTests()
    {
        _turns = new AnswerTurns(Limits, _time, () => _applied);
    }

    [Fact]
    public async Task No_more_than_so_many_have_a_turn_and_the_others_come_in_the_order_in_which_they_asked()
    {
        await AloneAsync();
        AnswerTurns.Turn first = await TakeAsync(), second = await TakeAsync();
        Task<AnswerTurns.Turn> third = TakeAsync(), fourth = TakeAsync();
        Assert.False(third.IsCompleted || fourth.IsCompleted);
        await second.DisposeAsync();
        await (await third.WaitAsync(Patience)).DisposeAsync();
        await (await fourth.WaitAsync(Patience)).DisposeAsync();
        await first.DisposeAsync();
    }

    [Fact]
    public async Task Who_gives_up_while_waiting_takes_no_turn_away()
    {
        await AloneAsync();
        AnswerTurns.Turn first = await TakeAsync(), second = await TakeAsync();
        using var gone = new CancellationTokenSource();
        var waiting = _turns.TakeAsync(gone.Token).AsTask();
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await first.DisposeAsync();
        await second.DisposeAsync();
        first = await TakeAsync().WaitAsync(Patience);
        second = await TakeAsync().WaitAsync(Patience);
        await first.DisposeAsync();
        await second.DisposeAsync();
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task Beside_others_they_rest_longer_than_they_worked(bool byCall)
    {
        await AloneAsync();
        var turn = await TakeAsync();
        if (byCall) _turns.CallBegins();
        else _applied = _applied.Next;
        _time.Advance(Work);
        var ending = turn.DisposeAsync().AsTask();
        Assert.False(ending.IsCompleted);
        _time.Advance(Work * 3 - TimeSpan.FromTicks(1));
        Assert.False(ending.IsCompleted);
        _time.Advance(TimeSpan.FromTicks(1));
        await ending.WaitAsync(Patience);
    }

    [Fact]
    public async Task A_turn_that_was_held_up_does_not_rest_for_ever()
    {
        await AloneAsync();
        var turn = await TakeAsync();
        _turns.CallBegins();
        _time.Advance(Work * 1000);
        var ending = turn.DisposeAsync().AsTask();
        Assert.False(ending.IsCompleted);
        _time.Advance(Work * 7);
        await ending.WaitAsync(Patience);
    }

    [Fact]
    public async Task Work_is_added_up_until_it_is_worth_a_rest()
    {
        await AloneAsync();
        _turns.CallBegins();
        var turn = await TakeAsync();
        _time.Advance(Work / 2);
        Assert.True(turn.DisposeAsync().IsCompletedSuccessfully);
        turn = await TakeAsync();
        _time.Advance(Work / 2);
        var ending = turn.DisposeAsync().AsTask();
        Assert.False(ending.IsCompleted);
        _time.Advance(Work * 3);
        await ending.WaitAsync(Patience);
    }

    [Fact]
    public async Task When_nobody_else_has_come_for_a_while_they_do_not_rest()
    {
        _turns.CallBegins();
        await AloneAsync();
        for (var i = 0; i < 10; i++)
        {
            var turn = await TakeAsync();
            _time.Advance(Work * 5);
            Assert.True(turn.DisposeAsync().IsCompletedSuccessfully);
        }
    }

    [Fact]
    public async Task Parts_are_taken_each_in_a_turn()
    {
        await AloneAsync();
        AnswerTurns.Turn first = await TakeAsync(), second = await TakeAsync();
        using var parts = Enumerable.Range(7, 1).GetEnumerator();
        var next = _turns.MoveNextAsync(parts, CancellationToken.None).AsTask();
        Assert.False(next.IsCompleted);
        await first.DisposeAsync();
        Assert.True(await next.WaitAsync(Patience));
        Assert.Equal(7, parts.Current);
        Assert.False(await _turns.MoveNextAsync(parts, CancellationToken.None));
        await second.DisposeAsync();
    }

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private Task<AnswerTurns.Turn> TakeAsync() => _turns.TakeAsync(CancellationToken.None).AsTask();

    /// <summary>What is there at first counts as having just come: a turn sees it, and then time passes.</summary>
    private async Task AloneAsync()
    {
        var turn = await TakeAsync();
        _time.Advance(Work);
        var ending = turn.DisposeAsync().AsTask();
        _time.Advance(Presence);
        await ending.WaitAsync(Patience);
    }

    /// <summary>Time that passes when the test says so.</summary>
    private sealed class SteppedTime : TimeProvider
    {
        private readonly List<Timer> _timers = [];
        private long _now = 1;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = new Timer(this, () => callback(state), dueTime);
            if (dueTime != Timeout.InfiniteTimeSpan) _timers.Add(timer);
            return timer;
        }

        public void Advance(TimeSpan by)
        {
            _now += by.Ticks;
            foreach (var due in _timers.Where(timer => timer.At <= _now).ToList())
            {
                _timers.Remove(due);
                due.Ring();
            }
        }

        private sealed class Timer(SteppedTime time, Action ring, TimeSpan due) : ITimer
        {
            public long At { get; } = time._now + due.Ticks;

            public void Ring() => ring();

            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose() => time._timers.Remove(this);

            public ValueTask DisposeAsync()
            {
                Dispose();
                return default;
            }
        }
    }
}

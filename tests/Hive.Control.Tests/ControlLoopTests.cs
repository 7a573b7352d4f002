using System.Buffers;
using Hive.Control.Shell;
using Hive.Objects;
using Hive.Store;

namespace Hive.Control.Tests;

public sealed class ControlLoopTests
{
    /// <summary>A queen that leads by itself: what is proposed is applied, one entry after another.</summary>
    private sealed class Host : IControlHost
    {
        private readonly Lock _apply = new();
        private readonly TaskCompletionSource<ControlScope> _scope = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private ulong _index;

        public KeyValueStore Store { get; } = new();
        public Stamp Now => new(new LogTime(Environment.TickCount64 * TimeSpan.TicksPerMillisecond), new WallTime(DateTime.UtcNow.Ticks));
        public Term Term { get; private set; } = new(1);
        public int Refusals { get; set; }

        public CancellationTokenSource Lost { get; } = new();

        public void Lead() => _scope.TrySetResult(new ControlScope(Term, Apply(ReadOnlyMemory<byte>.Empty).Revision, Lost.Token));

        public void Put(HiveObject value, string resource) => Apply(Encode(new MutateCommand(
            new PutOperation(new ObjectKey(resource, value.Metadata.Namespace, value.Metadata.Name).ToStoreKey(), HiveJson.Write(value)))));

        public ApplyResult Apply(ReadOnlyMemory<byte> entry)
        {
            lock (_apply) return Store.Apply(new LogIndex(++_index), Term, Now, entry);
        }

        public async ValueTask<ControlScope> WaitForLeadershipAsync(CancellationToken cancellation)
        {
            var scope = await _scope.Task.WaitAsync(cancellation);
            if (scope.Lost.IsCancellationRequested) await Task.Delay(Timeout.Infinite, cancellation);
            return scope;
        }

        public async ValueTask<ControlProposal> ProposeAsync(ControlBatchCommand batch, CancellationToken cancellation)
        {
            await Task.Yield();
            if (Refusals-- > 0) return new ControlProposal(BatchFate.NotProposed, null);
            return new ControlProposal(BatchFate.Applied, Apply(Encode(batch)));
        }

        private static byte[] Encode(Command command)
        {
            var buffer = new ArrayBufferWriter<byte>();
            CommandCodec.Encode(command, buffer);
            return buffer.WrittenSpan.ToArray();
        }

        public int Count(string resource) => Store.Snapshot().Scan(System.Text.Encoding.UTF8.GetBytes(RegistryKeys.Prefix(resource)), System.Text.Encoding.UTF8.GetBytes(RegistryKeys.Prefix(resource) + "~")).Count();
    }

    private static async Task Until(Func<bool> condition)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!condition()) await Task.Delay(10, deadline.Token);
    }

    private static ReplicaSet Set(string name, int replicas) => Samples.ReplicaSet(name, replicas) is var set ? set with { Metadata = set.Metadata with { Uid = "uid-" + name, Generation = 1 } } : set;

    [Fact]
    public async Task Leader_decides_what_was_there_before_and_what_comes_later()
    {
        var host = new Host { Refusals = 2 };
        host.Put(Set("before", 2), Resources.ReplicaSets);
        await using var loop = new ControlLoop(host, StandardControllers.Create(ControlLimits.Default), ControlLimits.Default);
        loop.Start();
        Assert.Equal(0, host.Count(Resources.Pods));
        host.Lead();
        await Until(() => host.Count(Resources.Pods) == 2);
        host.Put(Set("later", 3), Resources.ReplicaSets);
        await Until(() => host.Count(Resources.Pods) == 5);
        Assert.False(loop.Completion.IsCompleted);
    }

    [Fact]
    public async Task Feed_that_overflows_is_replaced_by_a_snapshot()
    {
        var host = new Host();
        await using var loop = new ControlLoop(host, new ControllerCatalog(new Controllers.ReplicaSetController()), ControlLimits.Default with { FeedRevisions = 4 });
        loop.Start();
        host.Lead();
        for (int i = 0; i < 200; i++) host.Put(Set($"set{i:000}", 1), Resources.ReplicaSets);
        await Until(() => host.Count(Resources.Pods) == 200);
    }

    [Fact]
    public async Task Loop_stands_down_when_leadership_is_lost()
    {
        var host = new Host();
        await using var loop = new ControlLoop(host, new ControllerCatalog(new Controllers.ReplicaSetController()), ControlLimits.Default);
        loop.Start();
        host.Lead();
        host.Put(Set("a", 1), Resources.ReplicaSets);
        await Until(() => host.Count(Resources.Pods) == 1);
        var observed = new TaskCompletionSource();
        await host.Lost.CancelAsync();
        host.Put(Set("b", 1), Resources.ReplicaSets);
        observed.SetResult();
        await Task.WhenAny(observed.Task, loop.Completion);
        Assert.False(loop.Completion.IsFaulted);
    }
}

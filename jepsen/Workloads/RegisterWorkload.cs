using System.Globalization;
using Hive.Jepsen.Checkers;
using Hive.Jepsen.Clients;
using Hive.Jepsen.Histories;
using Action = Hive.Jepsen.Histories.Action;

namespace Hive.Jepsen.Workloads;

/// <summary>
/// Registers that must be linearizable: reads and writes of values that are each written once, or with <paramref name="comparing"/> of few
/// values, with compare-and-set by a transaction on the value. A key is left for a fresh one after some operations, which bounds the checking.
/// </summary>
public sealed class RegisterWorkload(bool comparing) : IWorkload
{
    private const int Registers = 3;
    private const int OperationsOfOneKey = 150;
    private const int Values = 5;

    private long _chosen;
    private long _value;

    public Step Next(Random random)
    {
        long chosen = Interlocked.Increment(ref _chosen) - 1;
        string key = $"r/{chosen / (OperationsOfOneKey * Registers)}/{chosen % Registers}";
        int dice = random.Next(comparing ? 3 : 2);
        if (dice == 0) return Reading(key);
        if (dice == 1)
        {
            long value = comparing ? random.Next(Values) : Interlocked.Increment(ref _value);
            return new Step(key, async (client, cancellation) =>
            {
                Reply reply = await client.PutAsync(key, MemberClient.Text(value), cancellation);
                return new Done(new Action.Write(value), reply.Fate, reply.Revision, reply.Error);
            });
        }
        long old = random.Next(Values), next = random.Next(Values);
        return new Step(key, async (client, cancellation) =>
        {
            Reply reply = await client.CompareAndSetAsync(key, MemberClient.Text(old), MemberClient.Text(next), cancellation);
            return new Done(new Action.CompareAndSet(old, next, reply is { Fate: Outcome.Ok, Held: true }), reply.Fate, reply.Revision, reply.Error);
        });
    }

    public IEnumerable<Step> Final()
    {
        long rounds = (Interlocked.Read(ref _chosen) - 1) / (OperationsOfOneKey * Registers);
        for (long round = 0; round <= rounds; round++)
        {
            for (int register = 0; register < Registers; register++) yield return Reading($"r/{round}/{register}");
        }
    }

    public Verdict Check(IEnumerable<Operation> history) => RegisterChecker.Check(history);

    private static Step Reading(string key) => new(key, async (client, cancellation) =>
    {
        Reply reply = await client.GetAsync(key, cancellation);
        long? value = reply.Of(key).Text is { } text ? long.Parse(text, CultureInfo.InvariantCulture) : null;
        return new Done(new Action.Read(value), reply.Fate, reply.Revision, reply.Error);
    });
}

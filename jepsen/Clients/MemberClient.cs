using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Hive.Client.Connections;
using Hive.Client.Etcd;
using Hive.Jepsen.Histories;

namespace Hive.Jepsen.Clients;

/// <summary>What a call to one member came to.</summary>
/// <param name="Fate">Failed only when nothing can have changed.</param>
/// <param name="Held">Whether the conditions of a transaction held; true of other calls that succeeded.</param>
public sealed record Reply(Outcome Fate, bool Held, IReadOnlyList<EtcdPair> Pairs, long Revision, string Error)
{
    /// <summary>The text of a key, and the revision that a transaction compares; 0 and null when it is absent.</summary>
    public (string? Text, long ModRevision) Of(string key)
    {
        EtcdPair? pair = Pairs.FirstOrDefault(p => Encoding.UTF8.GetString(p.Key) == key);
        return pair is null ? (null, 0) : (Encoding.UTF8.GetString(pair.Value), pair.ModRevision);
    }
}

/// <summary>The etcd face of one member alone: each call is sent once, and what became of it is told honestly.</summary>
public sealed class MemberClient(string member, Uri address, ClientCredentials credentials) : IDisposable
{
    /// <summary>An answer that takes longer is given up; what was asked may still happen.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly EtcdClient _etcd = new(new QueenPool([address], credentials, patience: TimeSpan.Zero));

    public string Member { get; } = member;

    public Task<Reply> GetAsync(string key, CancellationToken cancellation) => TryAsync(async limit => Read(await _etcd.GetAsync(Bytes(key), false, 0, 0, limit)), false, cancellation);

    public Task<Reply> GetPrefixAsync(string prefix, CancellationToken cancellation) => TryAsync(async limit => Read(await _etcd.GetAsync(Bytes(prefix), true, 0, 0, limit)), false, cancellation);

    public Task<Reply> PutAsync(string key, string value, CancellationToken cancellation) => TryAsync(async limit => Written(await _etcd.PutAsync(Bytes(key), Bytes(value), limit), true), true, cancellation);

    /// <summary>Sets a key where its value is what is expected.</summary>
    public Task<Reply> CompareAndSetAsync(string key, string expected, string value, CancellationToken cancellation) =>
        WriteIfAsync([new EtcdCondition(Bytes(key), 0, Bytes(expected))], [(key, value)], cancellation);

    /// <summary>Writes several keys at once where all of <paramref name="expected"/> still have their modification revisions.</summary>
    public Task<Reply> WriteIfAsync(IEnumerable<(string Key, long ModRevision)> expected, IEnumerable<(string Key, string Value)> puts, CancellationToken cancellation) =>
        WriteIfAsync(expected.Select(e => new EtcdCondition(Bytes(e.Key), e.ModRevision)), puts, cancellation);

    /// <summary>Reads several keys at one revision.</summary>
    public Task<Reply> ReadTogetherAsync(IEnumerable<string> keys, CancellationToken cancellation) =>
        TryAsync(async limit => Read((await _etcd.TransactAsync([], [], keys.Select(Bytes), limit)).Answer), false, cancellation);

    /// <summary>Whether this member says that it leads; false when it does not answer.</summary>
    public async Task<bool> LeadsAsync(CancellationToken cancellation)
    {
        bool leads = false;
        await TryAsync(async limit =>
        {
            (var status, string? error) = await _etcd.StatusAsync(limit);
            leads = status is not null && $"{status["leader"]}" is { Length: > 1 } leader && leader == $"{status["header"]?["member_id"]}";
            return new Reply(error is null ? Outcome.Ok : Outcome.Failed, true, [], 0, error ?? "");
        }, false, cancellation);
        return leads;
    }

    public static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>A list as it is stored: elements between commas; empty when absent.</summary>
    public static ImmutableArray<long> List(string? text) =>
        string.IsNullOrEmpty(text) ? [] : [.. text.Split(',').Select(e => long.Parse(e, CultureInfo.InvariantCulture))];

    public static string Text(IEnumerable<long> list) => string.Join(',', list.Select(Text));

    public void Dispose() => _etcd.Dispose();

    private Task<Reply> WriteIfAsync(IEnumerable<EtcdCondition> conditions, IEnumerable<(string Key, string Value)> puts, CancellationToken cancellation) =>
        TryAsync(async limit =>
        {
            EtcdTransactionAnswer answer = await _etcd.TransactAsync(conditions, puts.Select(p => (Bytes(p.Key), Bytes(p.Value))), [], limit);
            return Written(answer.Answer, answer.Held);
        }, true, cancellation);

    /// <summary>A write that got no answer in time, or whose answer broke off, has an unknown fate; a read changed nothing in any case.</summary>
    private static async Task<Reply> TryAsync(Func<CancellationToken, Task<Reply>> call, bool writes, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Patience);
        try
        {
            return await call(limit.Token);
        }
        catch (Exception failure) when (failure is OperationCanceledException or HttpRequestException or IOException)
        {
            string why = failure is OperationCanceledException ? "no answer in time" : failure.Message;
            return new Reply(writes ? Outcome.Unknown : Outcome.Failed, false, [], 0, why);
        }
    }

    private static Reply Read(EtcdAnswer answer) => new(answer.Error is null ? Outcome.Ok : Outcome.Failed, true, answer.Pairs, answer.Revision, answer.Error ?? "");

    private static Reply Written(EtcdAnswer answer, bool held)
    {
        Outcome fate = answer.Error is null ? Outcome.Ok : answer.NotDone ? Outcome.Failed : Outcome.Unknown;
        return new Reply(fate, held, [], answer.Revision, answer.Error ?? "");
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}

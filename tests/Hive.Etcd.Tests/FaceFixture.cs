using System.Net;
using System.Text;
using Google.Protobuf;
using Hive.Etcd.Messages;
using Hive.Etcd.Tests.Wire;

namespace Hive.Etcd.Tests;

/// <summary>A face on a free loopback port over a store of its own, with a client.</summary>
public abstract class FaceFixture : IAsyncLifetime
{
    internal DirectQueen Queen { get; } = new();
    internal EtcdFace Face { get; private set; } = null!;
    internal WireClient Client { get; private set; } = null!;
    internal HttpClient Http { get; private set; } = null!;

    protected virtual EtcdLimits Limits => new();

    protected virtual EtcdFaceOptions Options => new() { Listen = [new EtcdEndpoint(new IPEndPoint(IPAddress.Loopback, 0), Tls: false)], Limits = Limits with { Farewell = TimeSpan.Zero } };

    public async Task InitializeAsync()
    {
        Face = await EtcdFace.StartAsync(Queen, Options, CancellationToken.None);
        var address = new Uri($"http://{Face.Endpoints[0].Address}");
        Client = new WireClient(address);
        Http = new HttpClient { BaseAddress = address };
    }

    public async Task DisposeAsync()
    {
        Client.Dispose();
        Http.Dispose();
        await Face.DisposeAsync();
    }

    internal static ByteString Bytes(string text) => ByteString.CopyFromUtf8(text);

    internal static string Text(ByteString bytes) => bytes.ToString(Encoding.UTF8);

    internal Task<WireAnswer<PutResponse>> PutAsync(string key, string value, long lease = 0) =>
        Client.CallAsync("/etcdserverpb.KV/Put", new PutRequest { Key = Bytes(key), Value = Bytes(value), Lease = lease }, PutResponse.Parser);

    internal Task<WireAnswer<RangeResponse>> RangeAsync(RangeRequest request) =>
        Client.CallAsync("/etcdserverpb.KV/Range", request, RangeResponse.Parser);

    internal Task<WireAnswer<TxnResponse>> TxnAsync(TxnRequest request) => Client.CallAsync("/etcdserverpb.KV/Txn", request, TxnResponse.Parser);

    internal Task<WireAnswer<DeleteRangeResponse>> DeleteAsync(string key, string end = "") => Client.CallAsync(
        "/etcdserverpb.KV/DeleteRange", new DeleteRangeRequest { Key = Bytes(key), RangeEnd = Bytes(end) }, DeleteRangeResponse.Parser);

    internal Task<WireAnswer<CompactionResponse>> CompactAsync(long revision) =>
        Client.CallAsync("/etcdserverpb.KV/Compact", new CompactionRequest { Revision = revision }, CompactionResponse.Parser);

    internal static RequestOp Put(string key, string value) => new() { RequestPut = new PutRequest { Key = Bytes(key), Value = Bytes(value) } };

    internal static RequestOp Get(string key) => new() { RequestRange = new RangeRequest { Key = Bytes(key) } };

    internal static RequestOp Delete(string key, string end = "") =>
        new() { RequestDeleteRange = new DeleteRangeRequest { Key = Bytes(key), RangeEnd = Bytes(end) } };

    internal static Compare VersionIs(string key, long version) =>
        new() { Key = Bytes(key), Target = Compare.Types.CompareTarget.Version, Version = version };
}

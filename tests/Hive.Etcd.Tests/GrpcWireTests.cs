using System.Net;
using System.Net.Sockets;
using System.Text;
using Hive.Etcd.Grpc;
using Hive.Etcd.Messages;
using Hive.Etcd.Rpc;
using Hive.Etcd.Tests.Wire;

namespace Hive.Etcd.Tests;

public sealed class GrpcWireTests : FaceFixture
{
    private const string Range = "/etcdserverpb.KV/Range";

    [Fact]
    public async Task A_message_that_is_no_protobuf_is_refused()
    {
        var answer = await Client.SendAsync(Range, WireClient.Frame([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f]), RangeResponse.Parser);
        Assert.Equal(RpcCode.Internal, answer.Code);
        Assert.StartsWith("grpc: error unmarshalling request", answer.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new byte[0], "without a request message")]
    [InlineData(new byte[] { 0, 0, 0 }, "ended inside a message frame")]
    [InlineData(new byte[] { 0, 0, 0, 0, 9, 1 }, "ended inside a message frame")]
    [InlineData(new byte[] { 1, 0, 0, 0, 0 }, "compressed flag set")]
    [InlineData(new byte[] { 7, 0, 0, 0, 0 }, "malformed message frame")]
    public async Task A_broken_frame_is_refused_and_the_connection_goes_on(byte[] body, string text)
    {
        var answer = await Client.SendAsync(Range, body, RangeResponse.Parser);
        Assert.Equal(RpcCode.Internal, answer.Code);
        Assert.Contains(text, answer.Message, StringComparison.Ordinal);
        Assert.Equal(RpcCode.Ok, (await PutAsync("a", "1")).Code);
    }

    [Fact]
    public async Task A_message_above_the_receive_limit_is_refused_by_its_announced_length()
    {
        var answer = await Client.SendAsync(Range, [0, 0x00, 0x20, 0x00, 0x01], RangeResponse.Parser);
        Assert.Equal(RpcCode.ResourceExhausted, answer.Code);
        Assert.Equal("grpc: received message larger than max (2097153 vs. 2097152)", answer.Message);
    }

    [Fact]
    public async Task Unknown_methods_services_and_encodings_are_unimplemented()
    {
        var request = WireClient.Frame([]);
        var method = await Client.SendAsync("/etcdserverpb.KV/Nothing", request, RangeResponse.Parser);
        Assert.Equal((RpcCode.Unimplemented, "unknown method Nothing for service etcdserverpb.KV"), (method.Code, method.Message));
        var service = await Client.SendAsync("/some.Other/Nothing", request, RangeResponse.Parser);
        Assert.Equal((RpcCode.Unimplemented, "unknown service some.Other"), (service.Code, service.Message));
        var encoded = await Client.SendAsync(Range, request, RangeResponse.Parser, ("grpc-encoding", "gzip"));
        Assert.Equal(RpcCode.Unimplemented, encoded.Code);
        Assert.Contains("gzip", encoded.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_call_ends_at_its_deadline()
    {
        await Client.CallAsync("/v3lockpb.Lock/Lock", new LockRequest { Name = Bytes("m") }, LockResponse.Parser);
        var second = await Client.CallAsync("/v3lockpb.Lock/Lock", new LockRequest { Name = Bytes("m") }, LockResponse.Parser, ("grpc-timeout", "50m"));
        Assert.Equal((RpcCode.DeadlineExceeded, "context deadline exceeded"), (second.Code, second.Message));
    }

    [Theory]
    [InlineData("3H", 3 * 3600.0)]
    [InlineData("2M", 120.0)]
    [InlineData("5S", 5.0)]
    [InlineData("250m", 0.25)]
    [InlineData("99999999u", 99.999999)]
    [InlineData("1000n", 0.000001)]
    public void A_timeout_header_is_read_in_each_of_its_units(string header, double seconds)
    {
        Assert.True(GrpcText.TryParseTimeout(header, out var timeout));
        Assert.Equal(TimeSpan.FromSeconds(seconds), timeout);
    }

    [Theory]
    [InlineData("")]
    [InlineData("S")]
    [InlineData("10")]
    [InlineData("-1S")]
    [InlineData("123456789S")]
    public void A_malformed_timeout_header_is_refused(string header) => Assert.False(GrpcText.TryParseTimeout(header, out _));

    [Theory]
    [InlineData("plain text", "plain text")]
    [InlineData("100%", "100%25")]
    [InlineData("a\nb", "a%0Ab")]
    [InlineData("ä", "%C3%A4")]
    public void A_status_message_is_percent_encoded(string message, string encoded) => Assert.Equal(encoded, GrpcText.EncodeMessage(message));

    [Fact]
    public async Task One_port_answers_both_protocols()
    {
        Assert.Equal(RpcCode.Ok, (await PutAsync("a", "1")).Code);
        Assert.Equal(HttpStatusCode.OK, (await Http.GetAsync(new Uri("/version", UriKind.Relative))).StatusCode);
    }

    [Fact]
    public async Task A_connection_that_closes_or_babbles_harms_no_other()
    {
        foreach (var text in (string[])["", "P", "PR", "PRI * HTTP/9.9\r\n\r\n", "\u0016\u0003\u0001garbage\r\n\r\n"])
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(Face.Endpoints[0].Address);
            await socket.SendAsync(Encoding.Latin1.GetBytes(text));
            socket.Shutdown(SocketShutdown.Send);
            var buffer = new byte[256];
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5));
            while (await socket.ReceiveAsync(buffer, patience.Token) > 0) { }
        }
        Assert.Equal(RpcCode.Ok, (await PutAsync("a", "1")).Code);
    }

    [Fact]
    public async Task Grpc_over_http_1_is_told_that_it_needs_http_2()
    {
        using var content = new ByteArrayContent([]);
        content.Headers.ContentType = new("application/grpc");
        using var response = await Http.PostAsync(new Uri(Range, UriKind.Relative), content);
        Assert.Equal(HttpStatusCode.HttpVersionNotSupported, response.StatusCode);
    }

    [Fact]
    public async Task Health_service_says_that_it_serves()
    {
        var known = await Client.CallAsync("/grpc.health.v1.Health/Check", new HealthCheckRequest(), HealthCheckResponse.Parser);
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, known.Response!.Status);
        var unknown = await Client.CallAsync("/grpc.health.v1.Health/Check", new HealthCheckRequest { Service = "x" }, HealthCheckResponse.Parser);
        Assert.Equal((RpcCode.NotFound, "unknown service"), (unknown.Code, unknown.Message));
    }
}

using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using Hive.Api.Tests.Hosting;
using Hive.Objects;
using Xunit;

namespace Hive.Api.Tests;

public sealed class ProtobufTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private const string Protobuf = "application/vnd.kubernetes.protobuf";
    private const string ConfigMaps = "/api/v1/namespaces/default/configmaps";

    private static ConfigMap Map(string name) => new() { Metadata = new ObjectMeta { Name = name }, Data = StringMap.Of(("a", "1")) };

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, byte[]? body, HttpCompletionOption option = HttpCompletionOption.ResponseContentRead)
    {
        var message = new HttpRequestMessage(method, path);
        message.Headers.Accept.ParseAdd(Protobuf);
        if (body is not null)
        {
            message.Content = new ByteArrayContent(body);
            message.Content.Headers.ContentType = new MediaTypeHeaderValue(Protobuf);
        }
        return await api.Admin.SendAsync(message, option);
    }

    private static ConfigMap Read(byte[] body)
    {
        Assert.True(HiveProtobuf.TryOpen(body, out ProtoEnvelope envelope, out string error), error);
        Assert.Equal("ConfigMap", envelope.Kind);
        return (ConfigMap)HiveProtobuf.ReadMessage(TypeSchema.Of(typeof(ConfigMap)), envelope.Raw).Value!;
    }

    [Fact]
    public async Task Object_goes_in_and_out_as_protobuf()
    {
        using HttpResponseMessage made = await SendAsync(HttpMethod.Post, ConfigMaps, HiveProtobuf.Write(Map("proto")));
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        Assert.Equal(Protobuf, made.Content.Headers.ContentType!.MediaType);
        ConfigMap stored = Read(await made.Content.ReadAsByteArrayAsync());
        Assert.Equal("1", stored.Data.Get("a"));
        Assert.NotEqual("", stored.Metadata.Uid);
    }

    [Fact]
    public async Task Refusal_is_a_protobuf_status()
    {
        using HttpResponseMessage answer = await SendAsync(HttpMethod.Get, ConfigMaps + "/none", null);
        Assert.True(HiveProtobuf.TryOpen(await answer.Content.ReadAsByteArrayAsync(), out ProtoEnvelope envelope, out _));
        var status = (Status)HiveProtobuf.ReadMessage(TypeSchema.Of(typeof(Status)), envelope.Raw).Value!;
        Assert.Equal((404, "NotFound", "configmaps \"none\" not found"), (status.Code, status.Reason, status.Message));
    }

    [Fact]
    public async Task Watch_sends_frames_of_a_length_and_an_event()
    {
        await SendAsync(HttpMethod.Post, ConfigMaps, HiveProtobuf.Write(Map("framed")));
        using HttpResponseMessage watch = await SendAsync(HttpMethod.Get, ConfigMaps + "?watch=true&fieldSelector=metadata.name%3Dframed", null, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(Protobuf, watch.Content.Headers.ContentType!.MediaType);
        using Stream stream = await watch.Content.ReadAsStreamAsync();
        byte[] head = new byte[4];
        await stream.ReadExactlyAsync(head);
        byte[] frame = new byte[BinaryPrimitives.ReadInt32BigEndian(head)];
        await stream.ReadExactlyAsync(frame);
        Assert.Equal("ADDED"u8.ToArray(), frame[2..7]);
        int body = frame.AsSpan().IndexOf(HiveProtobuf.Magic);
        Assert.Equal("1", Read(frame[body..]).Data.Get("a"));
    }
}

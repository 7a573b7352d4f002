namespace Hive.Api.Http;

/// <summary>The last room: an unknown path is answered with the list of known ones.</summary>
public sealed class NotFoundRoom(Func<byte[]> paths) : IEndpointRoom
{
    public async ValueTask<bool> TryServeAsync(ApiRequest request)
    {
        if (request.Path.StartsWith("/api", StringComparison.Ordinal)) return false;
        await request.AnswerJsonAsync(404, paths());
        return true;
    }
}

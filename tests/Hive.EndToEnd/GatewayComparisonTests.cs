using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Hive.EndToEnd.World;
using Xunit;

namespace Hive.EndToEnd;

/// <summary>
/// The same requests to the JSON gateway of a queen and of etcd, one after the other: each must answer alike, to the letter but for ids, revisions and
/// what versions after 3.4 added. Through it every service, option, refusal, code and text is compared that etcdctl has no words for.
/// </summary>
public sealed class GatewayComparisonTests
{
    /// <summary>Bodies with <c>'</c> for <c>"</c>, and <c>&lt;text&gt;</c> for its base64.</summary>
    private static readonly (string Path, string Body)[] Requests =
    [
        ("kv/put", "{'key':'<g/a>','value':'<1>'}"), ("kv/put", "{'key':'<g/a>','value':'<2>','prev_kv':true}"), ("kv/put", "{'key':'<g/a>','value':'<2>','prevKv':true}"),
        ("kv/put", "{'key':'<g/b>','value':'/wDpgA=='}"), ("kv/put", "{'key':'<g/c>'}"), ("kv/put", "{'key':'<g/c>','later':{'x':[1]}}"),
        ("kv/put", "{}"), ("kv/put", ""), ("kv/put", "null"), ("kv/put", "{'key':null}"), ("kv/put", "{'nokey':'x'}"),
        ("kv/put", "{'key':'<g/none>','ignore_value':true}"), ("kv/put", "{'key':'<g/a>','ignore_value':true,'value':'<x>'}"),
        ("kv/put", "{'key':'<g/none>','ignore_lease':true}"), ("kv/put", "{'key':'<g/a>','ignore_lease':true,'lease':'7'}"), ("kv/put", "{'key':'<g/a>','lease':77}"),

        ("kv/range", "{'key':'<g/>','range_end':'<g0>'}"), ("kv/range", "{'key':'<g/>','range_end':'<g0>','limit':'1'}"),
        ("kv/range", "{'key':'<g/>','range_end':'<g0>','limit':2,'sort_order':'DESCEND'}"), ("kv/range", "{'key':'<g/>','range_end':'<g0>','sort_order':'DESCEND','sort_target':'MOD'}"),
        ("kv/range", "{'key':'<g/>','range_end':'<g0>','sort_order':'ASCEND','sort_target':'VERSION'}"), ("kv/range", "{'key':'<g/>','range_end':'<g0>','sort_target':'CREATE'}"),
        ("kv/range", "{'key':'<g/>','range_end':'<g0>','sort_target':'VALUE','sort_order':2}"), ("kv/range", "{'key':'<g/>','range_end':'<g0>','count_only':true}"),
        ("kv/range", "{'key':'<g/>','range_end':'<g0>','keys_only':true}"), ("kv/range", "{'key':'<g/>','range_end':'<g0>','serializable':true}"),
        ("kv/range", "{'key':'<g/>','range_end':'<g0>','min_mod_revision':'1'}"), ("kv/range", "{'key':'<g/>','range_end':'<g0>','max_mod_revision':'1'}"),
        ("kv/range", "{'key':'<g/>','range_end':'<g0>','min_create_revision':'1'}"), ("kv/range", "{'key':'<g/>','range_end':'<g0>','max_create_revision':1}"),
        ("kv/range", "{'key':'<g/>','range_end':'<g0>','revision':'999999'}"), ("kv/range", "{'key':'<g/>','range_end':'<g0>','revision':-1}"),
        ("kv/range", "{'key':'<g/>','range_end':'<g0>','limit':-1}"), ("kv/range", "{}"), ("kv/range", ""), ("kv/range", "{'key':'<g/zzz>'}"),
        ("kv/range", "{'key':'<g0>','range_end':'<g/>'}"), ("kv/range", "{'key':'<g/a>'} {'key':'<g/b>'}"),
        ("kv/deleterange", "{}"), ("kv/deleterange", "{'key':'<g/zzz>'}"), ("kv/deleterange", "{'key':'<g/c>','prev_kv':true}"),

        ("kv/txn", "{}"), ("kv/txn", "{'compare':[{'target':'VERSION'}]}"), ("kv/txn", "{'success':[{'request_put':{}}]}"), ("kv/txn", "{'success':[{'request_range':{}}]}"),
        ("kv/txn", "{'success':[{'request_delete_range':{}}]}"), ("kv/txn", "{'success':[{}]}"),
        ("kv/txn", "{'compare':[{'key':'<g/a>','target':'VALUE','result':'EQUAL','value':'<2>'}],'success':[{'request_put':{'key':'<g/t>','value':'<1>'}},{'request_range':{'key':'<g/t>'}},{'request_delete_range':{'key':'<g/t2>'}},{'request_txn':{'success':[{'request_range':{'key':'<g/a>'}}]}}]}"),
        ("kv/txn", "{'compare':[{'key':'<g/a>','target':'VERSION','result':'GREATER','version':'100'}],'failure':[{'requestRange':{'key':'<g/a>'}}]}"),
        ("kv/txn", "{'success':[{'request_put':{'key':'<g/d>'}},{'request_put':{'key':'<g/d>'}}]}"),
        ("kv/txn", "{'success':[{'request_put':{'key':'<g/d>'}},{'request_delete_range':{'key':'<g/>','range_end':'<g0>'}}]}"),
        ("kv/txn", "{'success':[{'request_txn':{'success':[{'request_put':{'key':'<g/d>'}}],'failure':[{'request_put':{'key':'<g/d>'}}]}}]}"),
        ("kv/txn", "{'success':[{'request_txn':{'success':[{'request_put':{'key':'<g/d>'}}]}},{'request_put':{'key':'<g/d>'}}]}"),
        ("kv/txn", "{'success':[{'request_range':{'key':'<g/a>','revision':'999999'}}]}"), ("kv/txn", "{'success':[{'request_put':{'key':'<g/a>','lease':'99'}}]}"),
        ("kv/txn", "{'success':[{'request_put':{'key':'<g/none>','ignore_value':true}}]}"), ("kv/txn", "{'compare':[{'key':'<g/a>','target':'VALUE'}]}"),
        ("kv/txn", "{'compare':[{'key':'<g/a>','target':'LEASE','lease':'0'}]}"), ("kv/txn", "{'compare':[{'key':'<g/>','range_end':'<g0>','target':'CREATE','result':'NOT_EQUAL','create_revision':'0'}]}"),
        ("kv/compaction", "{'revision':'99999999'}"), ("kv/compaction", "{}"), ("kv/compaction", "{'revision':'-1'}"),

        ("lease/grant", "{'TTL':'100','ID':'17'}"), ("lease/grant", "{'TTL':'100','ID':'17'}"), ("lease/grant", "{'TTL':'1','ID':'18'}"), ("lease/grant", "{'ID':'19'}"),
        ("lease/grant", "{'TTL':'-5','ID':'20'}"), ("lease/grant", "{'TTL':'9000000001'}"), ("lease/grant", "{'TTL':'60','ID':'-9'}"),
        ("kv/put", "{'key':'<g/l>','lease':'17'}"), ("kv/range", "{'key':'<g/l>'}"), ("lease/timetolive", "{'ID':'17','keys':true}"), ("kv/lease/timetolive", "{'ID':'17','keys':true}"),
        ("lease/timetolive", "{'ID':'999','keys':true}"), ("lease/keepalive", "{'ID':'17'}"), ("lease/keepalive", "{'ID':'999'}"), ("lease/keepalive", "{'ID':'17'}{'ID':'999'}"),
        ("lease/keepalive", ""), ("lease/revoke", "{'ID':'18'}"), ("lease/revoke", "{'ID':'18'}"), ("kv/lease/revoke", "{'ID':'999'}"),
        ("lease/revoke", "{'ID':'19'}"), ("lease/revoke", "{'ID':'20'}"), ("lease/revoke", "{'ID':'-9'}"),

        ("lock/lock", "{'name':'<g/lock>','lease':'17'}"), ("kv/range", "{'key':'<g/lock/11>'}"), ("lock/unlock", "{'key':'<g/lock/11>'}"), ("lock/unlock", "{'key':'<g/lock/99>'}"),
        ("election/leader", "{'name':'<g/el>'}"),
        ("election/campaign", "{'name':'<g/el>','lease':'17','value':'<v>'}"), ("election/leader", "{'name':'<g/el>'}"), ("election/proclaim", "{}"), ("election/resign", "{}"),
        ("election/proclaim", "{'leader':{'key':'<g/el/11>','rev':'1','lease':'17'},'value':'<w>'}"), ("election/resign", "{'leader':{'key':'<g/el/11>','rev':'1'}}"),

        ("cluster/member/remove", "{'ID':'1'}"), ("cluster/member/update", "{'ID':'1','peerURLs':['http://127.0.0.1:1']}"), ("cluster/member/update", "{'ID':'1','peerURLs':['nonsense']}"),
        ("cluster/member/add", "{'peerURLs':['nonsense']}"), ("cluster/member/add", "{}"), ("cluster/member/promote", "{'ID':'1'}"), ("cluster/member/list", ""),
        ("maintenance/status", ""), ("maintenance/defragment", ""), ("maintenance/hash", ""), ("maintenance/transfer-leadership", "{'targetID':'5'}"),
        ("maintenance/alarm", ""), ("maintenance/alarm", "{'action':'DEACTIVATE','memberID':'5','alarm':'NOSPACE'}"), ("maintenance/alarm", "{'action':'ACTIVATE','memberID':'5','alarm':'NOSPACE'}"),
        ("maintenance/alarm", "{'action':'GET'}"), ("kv/put", "{'key':'<g/a>'}"), ("lease/grant", "{'TTL':'10','ID':'44'}"), ("kv/txn", "{'success':[{'request_put':{'key':'<g/a>'}}]}"),
        ("kv/deleterange", "{'key':'<g/zzz>'}"), ("kv/txn", "{'success':[{'request_delete_range':{'key':'<g/zzz>'}}]}"),
        ("maintenance/alarm", "{'action':'DEACTIVATE','memberID':'5','alarm':'NOSPACE'}"), ("kv/put", "{'key':'<g/a>'}"),

        ("auth/enable", ""), ("auth/disable", ""), ("auth/authenticate", "{'name':'root','password':'r'}"), ("auth/user/add", "{'name':'root','password':'r'}"),
        ("auth/user/add", "{'name':'root','password':'r'}"), ("auth/user/add", "{'password':'r'}"), ("auth/enable", ""), ("auth/role/add", "{'name':'root'}"),
        ("auth/role/add", "{'name':'root'}"), ("auth/role/add", "{}"), ("auth/user/grant", "{'user':'root','role':'root'}"), ("auth/user/grant", "{'user':'root','role':'root'}"),
        ("auth/user/grant", "{'user':'none','role':'root'}"), ("auth/user/grant", "{'user':'root','role':'none'}"), ("auth/user/add", "{'name':'u','options':{'no_password':true}}"),
        ("auth/user/add", "{'name':'v','password':''}"), ("auth/user/get", "{'name':'root'}"), ("auth/user/get", "{'name':'none'}"), ("auth/user/get", ""), ("auth/user/list", ""),
        ("auth/role/list", ""), ("auth/role/add", "{'name':'r'}"), ("auth/role/grant", "{'name':'r','perm':{'permType':'READWRITE','key':'<a>','range_end':'<b>'}}"),
        ("auth/role/grant", "{'name':'r','perm':{'permType':'WRITE','key':'<a>','range_end':'<b>'}}"), ("auth/role/grant", "{'name':'none','perm':{'key':'<a>'}}"),
        ("auth/role/get", "{'role':'r'}"), ("auth/role/get", "{'role':'none'}"), ("auth/role/revoke", "{'role':'r','key':'<q>'}"), ("auth/role/revoke", "{'role':'none','key':'<q>'}"),
        ("auth/role/revoke", "{'role':'r','key':'<a>','range_end':'<b>'}"), ("auth/role/delete", "{'role':'none'}"), ("auth/user/revoke", "{'name':'root','role':'none'}"),
        ("auth/user/revoke", "{'name':'none','role':'root'}"), ("auth/user/delete", "{'name':'none'}"), ("auth/user/changepw", "{'name':'none','password':'x'}"),
        ("auth/user/changepw", "{'name':'v','password':'new'}"), ("auth/enable", ""), ("auth/enable", ""), ("kv/range", "{'key':'<g/a>'}"), ("kv/put", "{'key':'<g/a>'}"),
        ("auth/authenticate", "{'name':'root','password':'x'}"), ("auth/authenticate", "{'name':'none','password':'x'}"), ("auth/authenticate", "{'password':'x'}"),
        ("auth/user/list", ""), ("auth/disable", ""), ("root:auth/user/delete", "{'name':'root'}"), ("root:auth/role/delete", "{'role':'root'}"),
        ("root:auth/user/revoke", "{'name':'root','role':'root'}"), ("root:auth/user/list", ""), ("wrong:kv/range", "{'key':'<g/a>'}"), ("root:auth/disable", ""), ("auth/disable", ""),
        ("auth/user/delete", "{'name':'root'}"), ("auth/role/delete", "{'role':'root'}"), ("auth/role/delete", "{'role':'r'}"),
        ("kv/nothing", "{}"), ("", "{}"), ("kv/range/", "{'key':'<g/a>'}"),
    ];

    /// <summary>What Lock and Election are refused by the store: etcd answers with the store's text and the code "unknown", a queen with the store's code too.</summary>
    private static readonly (string Path, string Body)[] Contention =
    [
        ("lock/lock", "{'name':'<g/lock>','lease':'998'}"), ("lock/unlock", "{}"), ("election/campaign", "{'name':'<g/el>','lease':'998'}"), ("election/proclaim", "{'leader':{}}"),
        ("election/resign", "{'leader':{}}"),
    ];

    /// <summary>What no JSON is, or no such message: each is refused in the words of its own parser, under the same code.</summary>
    private static readonly (string Path, string Body)[] Malformed =
    [
        ("kv/put", "[]"), ("kv/put", "{"), ("kv/put", "'x'"), ("kv/put", "{'key':17}"), ("kv/put", "{'key':'***'}"), ("kv/put", "{'key':'<a>','lease':'many'}"),
        ("kv/put", "{'key':'<a>','lease':1.5}"), ("kv/range", "{'key':'<a>','sort_target':'NOPE'}"),
    ];

    [Fact]
    public async Task The_gateway_answers_what_the_gateway_of_etcd_answers()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(queens: 1, plain: true);
        await using EtcdProcess etcd = await EtcdProcess.StartAsync();
        using var ours = new Gateway("http://" + cluster.EtcdAddress("queen-1", plain: true));
        using var theirs = new Gateway(etcd.Client.Endpoint);
        var differences = new List<string>();
        foreach ((string path, string body) in Requests)
        {
            (int status, string expected) = await theirs.PostAsync(path, body);
            (int actualStatus, string actual) = await ours.PostAsync(path, body);
            if (actual != expected || actualStatus != status) differences.Add($"{path} {body}\n--- etcd {status}\n{expected}\n--- hive {actualStatus}\n{actual}");
        }
        foreach ((string path, string body) in Malformed)
        {
            string expected = Code((await theirs.PostAsync(path, body)).Body), actual = Code((await ours.PostAsync(path, body)).Body);
            if (actual != expected) differences.Add($"{path} {body}\n--- etcd code {expected}\n--- hive code {actual}");
        }
        foreach ((string path, string body) in Contention)
        {
            string expected = Text((await theirs.PostAsync(path, body)).Body), actual = Text((await ours.PostAsync(path, body)).Body);
            if (actual != expected) differences.Add($"{path} {body}\n--- etcd\n{expected}\n--- hive\n{actual}");
        }
        string large = $$"""{"key":"{{Gateway.Base64("g/large")}}","value":"{{Convert.ToBase64String(new byte[2_100_000])}}"}""";
        Assert.Equal(await theirs.PostAsync("kv/put", large), await ours.PostAsync("kv/put", large));
        string proposed = $$"""{"key":"{{Gateway.Base64("g/large")}}","value":"{{Convert.ToBase64String(new byte[1_572_900])}}"}""";
        Assert.Equal(await theirs.PostAsync("kv/put", proposed), await ours.PostAsync("kv/put", proposed));
        Assert.True(differences.Count == 0, string.Join("\n\n", differences));
    }

    /// <summary>A watch line by line: creation, events, previous pairs, filters, cancellation by compaction.</summary>
    [Fact]
    public async Task A_watch_reads_as_that_of_etcd()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(queens: 1, plain: true);
        await using EtcdProcess etcd = await EtcdProcess.StartAsync();
        using var ours = new Gateway("http://" + cluster.EtcdAddress("queen-1", plain: true));
        using var theirs = new Gateway(etcd.Client.Endpoint);
        Assert.Equal(await StoryAsync(theirs), await StoryAsync(ours));
    }

    /// <summary>The id of the watch that a line is of; none is written for 0.</summary>
    private static string WatchOf(string line) => Regex.Match(line, "\"watch_id\":\"([0-9]+)\"") is { Success: true } found ? found.Groups[1].Value : "0";

    private static async Task<string> StoryAsync(Gateway gateway)
    {
        (string Request, int Lines)[] watches =
        [
            ("{'create_request':{'key':'<w/a>','range_end':'<w/b>','prev_kv':true}}", 5),
            ("{'create_request':{'key':'<w/a>','filters':['NOPUT'],'watch_id':'7'}}", 2),
            ("{'create_request':{'key':'<w/a>','filters':['NODELETE'],'fragment':true}}", 4),
            ("{'create_request':{'key':'<w/a>'}}{'create_request':{'key':'<w/a1>','watch_id':'5'}}{'create_request':{'key':'<w/a2>','watch_id':'5'}}", 8),
        ];
        List<(StreamReader Lines, int Count)> open = [];
        foreach ((string request, int lines) in watches) open.Add((await gateway.StreamAsync("watch", request), lines));
        var story = new StringBuilder();
        List<Queue<string>> heard = [];
        // The creations first: what is written after them is seen by all.
        int[] creations = [1, 1, 1, 3];
        for (int i = 0; i < open.Count; i++)
        {
            var lines = new Queue<string>();
            for (int n = 0; n < creations[i]; n++) lines.Enqueue(await LineAsync(open[i].Lines));
            heard.Add(lines);
        }
        foreach ((string path, string body) in new[]
        {
            ("kv/put", "{'key':'<w/a>','value':'<1>'}"), ("kv/put", "{'key':'<w/a>','value':'<2>'}"), ("kv/deleterange", "{'key':'<w/a>'}"),
            ("kv/txn", "{'success':[{'request_put':{'key':'<w/a>','value':'<3>'}},{'request_put':{'key':'<w/a1>'}}]}"),
        }) await gateway.PostAsync(path, body);
        for (int i = 0; i < open.Count; i++)
        {
            while (heard[i].Count < open[i].Count) heard[i].Enqueue(await LineAsync(open[i].Lines));
            // Each watch is in order; which of several on one stream speaks first for a revision, etcd leaves to chance.
            string[] events = [.. heard[i].Skip(creations[i]).OrderBy(WatchOf, StringComparer.Ordinal)];
            foreach (string line in heard[i].Take(creations[i]).Concat(events)) story.AppendLine(line);
            open[i].Lines.Dispose();
        }
        await gateway.CompactAsync();
        using StreamReader late = await gateway.StreamAsync("watch", "{'create_request':{'key':'<w/a>','start_revision':'1'}}");
        story.AppendLine(await LineAsync(late)).AppendLine(await LineAsync(late));
        return story.ToString();
    }

    private static async Task<string> LineAsync(StreamReader lines)
    {
        using var limit = new CancellationTokenSource(Tool.Patience);
        return Gateway.Plain(await lines.ReadLineAsync(limit.Token) ?? "the stream ended");
    }

    private static string Code(string answer) => Field(answer, "code");

    private static string Text(string answer) => Field(answer, "message");

    /// <summary>Of an answer behind its content type.</summary>
    private static string Field(string answer, string name) => JsonNode.Parse(answer[(answer.IndexOf('\n', StringComparison.Ordinal) + 1)..])![name]!.ToJsonString();
}

/// <summary>The JSON gateway of one server, with what must differ between two servers taken out of its answers.</summary>
internal sealed partial class Gateway(string address) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = new Uri(address) };

    public static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    /// <param name="path">Below <c>/v3/</c>; <c>root:</c> before it asks with the token of root, whose password is "r", <c>wrong:</c> with none that was given.</param>
    public async Task<(int Status, string Body)> PostAsync(string path, string body)
    {
        string[] who = path.Split(':');
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/v3/{who[^1]}") { Content = new StringContent(Written(body)) };
        if (who.Length > 1) request.Headers.Authorization = new AuthenticationHeaderValue(who[0] == "root" ? await TokenAsync() : "wrong");
        using HttpResponseMessage response = await _http.SendAsync(request);
        string text = await response.Content.ReadAsStringAsync();
        // Gateways after 3.4's say 400 where 3.4's said 412; the code in the answer is the same.
        int status = (int)response.StatusCode == 412 ? 400 : (int)response.StatusCode;
        // 3.4 leaves the header out of what these answer.
        if (who[^1] is "maintenance/alarm" or "maintenance/defragment") text = Header().Replace(text, "");
        return (status, $"{response.Content.Headers.ContentType}\n{(text.StartsWith('{') ? Plain(text) : "")}");
    }

    public async Task<StreamReader> StreamAsync(string path, string body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/v3/{path}") { Content = new StringContent(Written(body)) };
        HttpResponseMessage response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        return new StreamReader(await response.Content.ReadAsStreamAsync());
    }

    /// <summary>Forgets all but the newest revision.</summary>
    public async Task CompactAsync()
    {
        using var ask = new StringContent("""{"key":"YQ=="}""");
        using HttpResponseMessage now = await _http.PostAsync(new Uri("/v3/kv/range", UriKind.Relative), ask);
        string revision = (string)JsonNode.Parse(await now.Content.ReadAsStringAsync())!["header"]!["revision"]!;
        await PostAsync("kv/compaction", $"{{'revision':'{revision}','physical':true}}");
    }

    public void Dispose() => _http.Dispose();

    private async Task<string> TokenAsync()
    {
        using var content = new StringContent("""{"name":"root","password":"r"}""");
        using HttpResponseMessage response = await _http.PostAsync(new Uri("/v3/auth/authenticate", UriKind.Relative), content);
        return (string)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["token"]!;
    }

    private static string Written(string body) => Quoted().Replace(body, quoted => Base64(quoted.Groups[1].Value)).Replace('\'', '"');

    public static string Plain(string text)
    {
        text = Numbers().Replace(text, number => number.Groups[1].Success ? $"\"{number.Groups[1]}\":N" : "N");
        text = Members().Replace(text, "\"$1\":MEMBERS");
        return Later().Replace(text, "");
    }

    [GeneratedRegex("<([^>]*)>")]
    private static partial Regex Quoted();

    [GeneratedRegex("\"(cluster_id|member_id|raft_term|revision|create_revision|mod_revision|compact_revision|leader|raftIndex|raftTerm|raftAppliedIndex|dbSize|dbSizeInUse|hash|rev)\":\"?[0-9]+\"?|(?<=\"TTL\":)\"(99|100)\"|(?<=\"version\":)\"[0-9]+\\.[0-9.]+\"")]
    private static partial Regex Numbers();

    [GeneratedRegex("\"(members)\":\\[.*\\]")]
    private static partial Regex Members();

    [GeneratedRegex(",\"(storageVersion|hash_revision)\":\"[^\"]*\"|,\"downgradeInfo\":\\{\\}")]
    private static partial Regex Later();

    [GeneratedRegex("\"header\":\\{[^}]*\\},?")]
    private static partial Regex Header();
}

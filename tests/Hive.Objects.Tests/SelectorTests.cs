using Xunit;

namespace Hive.Objects.Tests;

public class SelectorTests
{
    private static readonly StringMap Labels = StringMap.Of(("app", "web"), ("tier", "front"), ("n", "5"), ("empty", ""));

    [Theory]
    [InlineData("", true)]
    [InlineData("app=web", true)]
    [InlineData("app==web,tier=front", true)]
    [InlineData("app!=web", false)]
    [InlineData("missing!=x", true)]
    [InlineData("app in (web, db)", true)]
    [InlineData("app notin (web,db)", false)]
    [InlineData("missing notin (a)", true)]
    [InlineData("app", true)]
    [InlineData("!app", false)]
    [InlineData("!missing", true)]
    [InlineData("n>4", true)]
    [InlineData("n<5", false)]
    [InlineData("empty=", true)]
    [InlineData("app = web , tier in (front)", true)]
    [InlineData("in=x", false)]
    public void Label_selectors_match(string text, bool matches)
    {
        Assert.True(LabelQuery.TryParse(text, out var query, out var error), error);
        Assert.Equal(matches, query.Matches(Labels));
    }

    [Theory]
    [InlineData("a b", "unable to parse requirement: found 'b', expected: '=', '!=', '==', 'in', notin'")]
    [InlineData("a in b", "unable to parse requirement: found 'b', expected: '('")]
    [InlineData("a in (b", "unable to parse requirement: found '', expected: ',' or ')'")]
    [InlineData("=a", "unable to parse requirement: found '=', expected: !, identifier, or 'end of string'")]
    [InlineData("a,", "unable to parse requirement: found '', expected: identifier after ','")]
    public void Bad_label_selectors_are_explained(string text, string error)
    {
        Assert.False(LabelQuery.TryParse(text, out _, out var actual));
        Assert.Equal(error, actual);
    }

    [Fact]
    public void A_selector_without_conditions_matches_everything_and_an_absent_one_nothing()
    {
        Assert.True(LabelQuery.TryCompile(new LabelSelector(), out var all) && all.Matches(StringMap.Empty));
        Assert.True(LabelQuery.TryCompile(null, out var none) && !none.Matches(Labels));
        Assert.False(LabelQuery.TryCompile(new LabelSelector { MatchExpressions = [new LabelSelectorRequirement { Key = "a", Operator = "In" }] }, out _));
    }

    [Theory]
    [InlineData("a=1,b in (x,y),!c,d", "a=1,b in (x,y),!c,d")]
    [InlineData("z=1,a!=2", "a!=2,z=1")]
    public void Queries_print_as_selectors(string text, string printed)
    {
        Assert.True(LabelQuery.TryParse(text, out var query, out _));
        Assert.Equal(printed, query.ToString());
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("metadata.name=rich", true)]
    [InlineData("spec.nodeName=n1,status.phase!=Succeeded,status.phase!=Failed", true)]
    [InlineData("status.podIP==10.1.0.2", true)]
    [InlineData("spec.restartPolicy=Never", false)]
    [InlineData("status.nominatedNodeName=", true)]
    public void Field_selectors_match_pods(string text, bool matches)
    {
        var pod = TestData.Read<Pod>(TestData.Text("manifests/pod.json"));
        Assert.True(FieldQuery.TryParse(text, KindCatalog.BuiltIn.Of<Pod>(), out var query, out var error), error);
        Assert.Equal(matches, query.Matches(pod));
    }

    [Theory]
    [InlineData("abc", "invalid selector: 'abc'; can't understand 'abc'")]
    [InlineData("spec.foo=1", "field label not supported: spec.foo")]
    public void Bad_field_selectors_are_explained(string text, string error)
    {
        Assert.False(FieldQuery.TryParse(text, KindCatalog.BuiltIn.Of<Pod>(), out _, out var actual));
        Assert.Equal(error, actual);
    }

    [Fact]
    public void Kinds_without_fields_of_their_own_know_name_and_namespace()
    {
        var kind = KindCatalog.BuiltIn.Of<ConfigMap>();
        Assert.False(FieldQuery.TryParse("data.foo=1", kind, out _, out var error));
        Assert.Equal("\"data.foo\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"", error);
        Assert.True(FieldQuery.TryParse("metadata.name=a", kind, out var query, out _));
        Assert.Equal("a", query.ExactName);
    }

    [Fact]
    public void Escaped_signs_belong_to_the_value()
    {
        Assert.True(FieldQuery.TryParse(@"metadata.name=a\,b\=c", KindCatalog.BuiltIn.Of<Pod>(), out var query, out _));
        Assert.Equal("a,b=c", query.ExactName);
    }
}

using Hive.Jepsen.Histories;
using Xunit;
using Action = Hive.Jepsen.Histories.Action;

namespace Hive.Jepsen.Tests;

/// <summary>Histories as other checkers read them.</summary>
public sealed class EdnTests
{
    [Fact]
    public void Each_operation_becomes_an_invocation_and_a_completion_in_time_order()
    {
        string text = Edn.Write(
        [
            new Operation(0, 0, "r", new Action.Write(7), Outcome.Unknown, 10, 40) { Member = "queen-1", Error = "said \"no\"" },
            new Operation(1, 1, "r", new Action.Read(7), Outcome.Ok, 20, 30) { Member = "queen-2" },
        ]);

        Assert.Equal(
            """
            {:index 0, :type :invoke, :process 0, :f :write, :value ["r" 7], :time 10, :member "queen-1"}
            {:index 1, :type :invoke, :process 1, :f :read, :value ["r" nil], :time 20, :member "queen-2"}
            {:index 2, :type :ok, :process 1, :f :read, :value ["r" 7], :time 30, :member "queen-2"}
            {:index 3, :type :info, :process 0, :f :write, :value ["r" 7], :time 40, :member "queen-1", :error "said \"no\""}

            """.ReplaceLineEndings("\n"), text);
    }

    [Fact]
    public void A_transaction_shows_what_it_read_only_when_it_completes()
    {
        string text = Edn.Write([new Operation(0, 0, "lists", new Action.Transaction([new ListStep("a", 1, null), new ListStep("b", 0, [2, 3])]), Outcome.Ok, 1, 2)]);

        Assert.Contains(":invoke, :process 0, :f :txn, :value [[:append \"a\" 1] [:r \"b\" nil]]", text, StringComparison.Ordinal);
        Assert.Contains(":ok, :process 0, :f :txn, :value [[:append \"a\" 1] [:r \"b\" [2 3]]]", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Objects_show_what_was_named_and_what_came_of_it()
    {
        var before = new ObjectState("a", "u", 3, [1]);
        string text = Edn.Write(
        [
            new Operation(0, 0, "a", new ObjectActions.Replace(before, 2, before with { Version = 4, Values = [1, 2] }), Outcome.Ok, 1, 2),
            new Operation(1, 1, "a", new ObjectActions.Replace(before, 3, null), Outcome.Ok, 3, 4),
        ]);

        Assert.Contains(":invoke, :process 0, :f :replace, :value [\"a\" 3 2]", text, StringComparison.Ordinal);
        Assert.Contains(":ok, :process 0, :f :replace, :value [\"a\" 3 {:name \"a\", :uid \"u\", :version 4, :values [1 2]}]", text, StringComparison.Ordinal);
        Assert.Contains(":fail, :process 1, :f :replace, :value [\"a\" 3 nil]", text, StringComparison.Ordinal);
    }
}

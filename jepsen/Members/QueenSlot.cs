using System.Globalization;

namespace Hive.Jepsen.Members;

/// <summary>The place of one queen in the cluster: the process that fills it, its name and its addresses, which change when it is replaced by another.</summary>
/// <param name="command">The command line of a queen of a name, where this place is.</param>
internal sealed class QueenSlot(int node, string name, string logs, MemberNetwork network, Func<string, (string Program, string[] Arguments)> command)
{
    private readonly string _first = name;
    private int _replacements;

    /// <summary>The name of the queen that fills it.</summary>
    public string Name { get; private set; } = name;

    public QueenAddresses Addresses { get; private set; } = network.Addresses(node, 0);

    public Hosted Process { get; } = new(name, logs, command(name));

    /// <summary>Name and addresses that the next queen in this place would have.</summary>
    public (string Name, QueenAddresses Addresses) Next() =>
        (string.Create(CultureInfo.InvariantCulture, $"{_first}-{_replacements + 2}"), network.Addresses(node, (_replacements + 1) % 2));

    /// <summary>The next queen fills it from now on. Its process must be down.</summary>
    public void MoveOn()
    {
        (Name, Addresses) = Next();
        _replacements++;
        Process.Become(Name, command(Name));
    }
}

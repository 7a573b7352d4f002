using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Hive;

/// <summary>A fact that must hold did not: a bug in Hive. The process stops rather than go on with a state that nobody understands.</summary>
public sealed class InvariantViolation(string message) : Exception(message);

/// <summary>Checks that stay on in Release. Only for facts that cost O(1); costly scans hang on a switch that tests set.</summary>
public static class Invariant
{
    /// <summary>Throws <see cref="InvariantViolation"/> with the text of the condition when it is false.</summary>
    [StackTraceHidden]
    public static void Check(
        [DoesNotReturnIf(false)] bool condition,
        [CallerArgumentExpression(nameof(condition))] string expression = "")
    {
        if (!condition) Fail(expression);
    }

    /// <summary>As <see cref="Check(bool, string)"/>, and names the values that broke it. They are formatted only on failure.</summary>
    [StackTraceHidden]
    public static void Check(
        [DoesNotReturnIf(false)] bool condition,
        [InterpolatedStringHandlerArgument(nameof(condition))] ref Detail detail,
        [CallerArgumentExpression(nameof(condition))] string expression = "")
    {
        if (!condition) Fail($"{expression}: {detail.ToStringAndClear()}");
    }

    /// <summary>For a branch that cannot be reached.</summary>
    [DoesNotReturn, StackTraceHidden]
    public static Exception Fail(string message) => throw new InvariantViolation($"invariant violated: {message}");

    /// <summary>An interpolated text that is built only when the condition failed.</summary>
    [InterpolatedStringHandler]
    public ref struct Detail
    {
        private DefaultInterpolatedStringHandler _text;
        private readonly bool _wanted;

        public Detail(int literalLength, int formattedCount, bool condition, out bool wanted)
        {
            wanted = _wanted = !condition;
            _text = wanted ? new DefaultInterpolatedStringHandler(literalLength, formattedCount, System.Globalization.CultureInfo.InvariantCulture) : default;
        }

        public void AppendLiteral(string text) => _text.AppendLiteral(text);
        public void AppendFormatted<T>(T value) => _text.AppendFormatted(value);
        internal string ToStringAndClear() => _wanted ? _text.ToStringAndClear() : "";
    }
}

using System.Text.RegularExpressions;

namespace Pipelines.NodeRed.Rules.Scripts;

/// <summary>Context in what is not JavaScript: JSONata expressions and mustache templates.</summary>
internal static partial class Expressions
{
    /// <summary>What a JSONata expression reads by <c>$flowContext</c> and <c>$globalContext</c>; text and comments do not count.</summary>
    public static IEnumerable<(ContextScope Scope, string? Key, string? Store)> InJsonata(string expression)
    {
        if (!expression.Contains("Context", StringComparison.Ordinal))
        {
            yield break;
        }
        for (var at = 0; at < expression.Length; at++)
        {
            switch (expression[at])
            {
                case '"' or '\'' or '`':
                    at = EndOfText(expression, at);
                    break;
                case '/' when at + 1 < expression.Length && expression[at + 1] == '*':
                    at = expression.IndexOf("*/", at + 2, StringComparison.Ordinal) is var end and >= 0 ? end + 1 : expression.Length;
                    break;
                case '$' when Word(expression, at) is var word and ("$flowContext" or "$globalContext"):
                    at += word.Length - 1;
                    var (key, store) = ContextKey.Split(FirstText(expression, at + 1));
                    yield return (word == "$flowContext" ? ContextScope.Flow : ContextScope.Global, key, store);
                    break;
            }
        }
    }

    /// <summary>What a mustache template reads: <c>{{flow.x}}</c>, <c>{{{global[store].x}}}</c>, sections too; comments do not count.</summary>
    public static IEnumerable<(ContextScope Scope, string Key, string? Store, int At)> InMustache(string template)
    {
        foreach (Match tag in Tag().Matches(template))
        {
            yield return (
                tag.Groups["scope"].Value == "flow" ? ContextScope.Flow : ContextScope.Global,
                tag.Groups["key"].Value,
                tag.Groups["store"] is { Success: true, Value: var store } ? store : null,
                tag.Index);
        }
    }

    private static int EndOfText(string text, int start)
    {
        for (var at = start + 1; at < text.Length; at++)
        {
            if (text[at] == '\\')
            {
                at++;
            }
            else if (text[at] == text[start])
            {
                return at;
            }
        }
        return text.Length;
    }

    private static string Word(string text, int start)
    {
        var end = start + 1;
        while (end < text.Length && (char.IsLetterOrDigit(text[end]) || text[end] == '_'))
        {
            end++;
        }
        return text[start..end];
    }

    // ("key" after the word, or null when something else stands there.
    private static string? FirstText(string text, int at)
    {
        while (at < text.Length && (char.IsWhiteSpace(text[at]) || text[at] == '('))
        {
            at++;
        }
        if (at >= text.Length || text[at] is not ('"' or '\''))
        {
            return null;
        }
        var end = EndOfText(text, at);
        return end < text.Length ? text[(at + 1)..end] : null;
    }

    [GeneratedRegex(@"\{\{\{?\s*[#^&]?\s*(?<scope>flow|global)(\[(?<store>\w+)\])?\.(?<key>[^\s{}.\[]+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Tag();
}

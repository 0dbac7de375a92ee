namespace Serverless.Local.Messaging;

/// <summary>What a link's address names.</summary>
/// <param name="Queue">The queue's name.</param>
/// <param name="DeadLetters">Its dead-letter queue.</param>
/// <param name="IsManagement">The management node of either.</param>
internal readonly record struct EntityAddress(string Queue, bool DeadLetters, bool IsManagement)
{
    /// <summary>The node to which clients send their tokens.</summary>
    public const string Cbs = "$cbs";

    private const string Management = "/$management";
    private const string DeadLetterQueue = "/$deadletterqueue";

    public static EntityAddress Parse(string address)
    {
        var name = address.Trim('/');
        var isManagement = TryCut(ref name, Management);
        var deadLetters = TryCut(ref name, DeadLetterQueue);
        return new EntityAddress(name, deadLetters, isManagement);
    }

    private static bool TryCut(ref string name, string suffix)
    {
        if (!name.EndsWith(suffix, StringComparison.OrdinalIgnoreCase))
            return false;
        name = name[..^suffix.Length];
        return true;
    }
}

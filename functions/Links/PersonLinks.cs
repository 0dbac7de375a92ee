using Serverless.Functions.Ids;
using Serverless.Functions.Users;

namespace Serverless.Functions.Links;

/// <summary>A person's links.</summary>
internal static class PersonLinks
{
    extension(Person person)
    {
        /// <summary>The pointer to the active link; null when there never was one or it was cleared.</summary>
        public ActiveLink? ActiveLink => person.Find<ActiveLink>(ActiveLink.RowKey);

        /// <summary>A link of this person; null if it does not exist or was not read.</summary>
        public Link? Link(LinkId id) => person.Find<Link>(Links.Link.RowKeyOf(id));

        /// <summary>Makes a new link the active one.</summary>
        public void Add(Link link, DateTimeOffset at)
        {
            person.Put(new ActiveLink(person.Key, link.Id, link.ExpiresAt), at);
            person.Put(link, at);
        }

        /// <summary>Writes a link's next state; a final one is no longer the active link.</summary>
        public void Update(Link link, DateTimeOffset at)
        {
            person.Put(link, at);
            if (LinkTransitions.IsFinal(link.Stored) && person.ActiveLink?.LinkId == link.Id)
                person.Remove(Links.ActiveLink.RowKey, at);
        }
    }
}
